import pytest

from deploy.demo.page import read_page

HTML = """<!doctype html><html lang="fr"><head><title>Titre</title><style>p { color: red }</style></head><body>
<p>Łe nom&nbsp;: <b>Ана &amp; Ђорђе</b><br>deuxième ligne</p><a href="/my/abc?x=1&amp;y=2">ma page</a><script>let a = "caché";</script>
<form method="POST" action="/send"><input type="hidden" name="form_token" value="t&quot;1">
<input name="given_name"><input type="checkbox" name="agree" value="yes"><input type="checkbox" name="news" value="yes" checked>
<select name="country"><option value="">Choose</option>
<option value="XK" selected>Kosovo*</option><option value="AL">Albania</option></select>
<select name="language"><option value="en">English</option><option value="fr">French</option></select>
<textarea name="comments">a &lt; b</textarea><button>Go</button></form>
<form action="/other/erase" method="post"><input type="hidden" name="token" value="z"></form></body></html>"""


def test_a_form_holds_what_a_browser_would_send() -> None:
    form = read_page(HTML).form_with("form_token")
    assert (form.method, form.action) == ("post", "/send")
    assert form.values == {
        "form_token": 't"1',
        "given_name": "",
        "news": "yes",
        "country": "XK",
        "language": "en",
        "comments": "a < b",
    }
    assert "agree" in form.names


def test_words_links_and_language() -> None:
    page = read_page(HTML)
    assert page.language == "fr"
    assert "Łe nom : Ана & Ђорђе deuxième ligne" in page.words.replace("\N{NO-BREAK SPACE}", " ")
    assert "caché" not in page.words
    assert "color" not in page.words
    assert list(page.links) == ["/my/abc?x=1&y=2"]


def test_a_form_is_found_by_where_it_posts_to() -> None:
    assert read_page(HTML).form_to("/erase").values == {"token": "z"}


def test_a_missing_form_says_what_the_page_says_instead() -> None:
    page = read_page("<p>Registration is closed</p>")
    with pytest.raises(LookupError, match="closed"):
        page.form_with("form_token")
    with pytest.raises(LookupError, match="closed"):
        page.form_to("/erase")
