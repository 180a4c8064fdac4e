"""`atelier reconcile`: compare what the services, Kafka and the mailbox say."""

from deploy.reconcile.command import reconcile

__all__ = ["reconcile"]
