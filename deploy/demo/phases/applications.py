"""Eighty people apply, one after the other, and each waits for the mail."""

from datetime import datetime

from deploy.demo.stage import Stage, Story
from deploy.demo.visitor import Visitor


async def apply(stage: Stage, story: Story) -> None:
    """Fill in the form for everyone. What is measured: from sending the form to the mail server's acceptance, in real time."""
    newest = await stage.inbox.newest_number()
    for applicant in stage.show.each(story.applicants.values(), len(story.applicants)):
        async with Visitor(stage.front_door, applicant.language) as visitor:
            _, sent = await visitor.apply(story.slug, applicant)
        mail = await stage.inbox.wait_for(applicant.address, after=newest)
        newest = mail["number"]
        story.registration_ids[applicant.address] = mail["registration"]
        story.submit_to_mail_ms.append((datetime.fromisoformat(mail["received_at"]).timestamp() - sent) * 1000)
    await stage.settle()
