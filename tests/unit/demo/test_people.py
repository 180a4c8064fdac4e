import unicodedata
from collections import Counter

from deploy.demo.people import in_order_of_application, load_applicants, load_workshop
from deploy.demo.promised import seeded

ALPHABETS = {
    "Albanian": "ëçËÇ",
    "Bosnian, Croatian, Serbian, Montenegrin in Latin": "šđčćžŠĐČĆŽ",
    "Montenegrin": "śźŚŹ",
    "Serbian in Cyrillic": "ђјљњћџЂЉЊЋЏ",
    "Macedonian": "ѓќѕјљњџЃЌЅ",
    "Azerbaijani": "əğıışçöüƏİŞÖÜ",
    "Romanian": "ăâîșțȘȚ",
    "Hungarian": "ő",
    "Ukrainian": "іїєґІЇЄҐ'\u2019",
    "Russian": "ё",
}
SCRIPTS = {"AM": "ARMENIAN", "GE": "GEORGIAN", "UA": "CYRILLIC", "AZ": "LATIN", "AL": "LATIN"}


def _written() -> str:
    return "".join(value for person in load_applicants() for value in person.form_values().values())


def test_as_many_people_as_the_announcement_says() -> None:
    assert Counter(person.country for person in load_applicants()) == load_workshop()["applicants"]


def test_everyone_is_somebody_else() -> None:
    people = load_applicants()
    assert len({person.address for person in people}) == len(people)
    assert len({(person.given_name, person.family_name) for person in people}) == len(people)


def test_every_letter_of_the_region_occurs() -> None:
    written = set(_written())
    missing = {language: "".join(sorted(set(letters) - written)) for language, letters in ALPHABETS.items() if set(letters) - written}
    assert not missing


def test_names_are_in_the_scripts_of_their_owners() -> None:
    for person in load_applicants():
        script = SCRIPTS.get(person.country)
        if script:
            letters = [letter for letter in person.given_name if letter.isalpha()]
            assert all(unicodedata.name(letter).startswith(script) for letter in letters), person


def test_the_bosnian_serbian_and_montenegrin_names_come_in_both_scripts() -> None:
    for country in ("BA", "RS", "ME", "XK", "MK", "MD"):
        initials = {unicodedata.name(person.given_name[0]).split()[0] for person in load_applicants() if person.country == country}
        assert initials == {"LATIN", "CYRILLIC"}, country


def test_text_is_composed_and_no_real_domain_is_used() -> None:
    for person in load_applicants():
        assert all(unicodedata.is_normalized("NFC", value) for value in person.form_values().values()), person
        assert person.address.endswith((".example", "@example.org")), person


def test_both_languages_are_chosen_and_no_other() -> None:
    assert {person.language for person in load_applicants()} == set(load_workshop()["languages"])


def test_the_same_seed_gives_the_same_order() -> None:
    people = load_applicants()
    assert in_order_of_application(people, seeded(7)) == in_order_of_application(people, seeded(7))
    assert in_order_of_application(people, seeded(7)) != in_order_of_application(people, seeded(8))
