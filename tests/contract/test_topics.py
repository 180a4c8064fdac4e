from shared.contracts.catalogue import EVENTS
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.topics import PARTICIPANTS, TOPICS, Kind

PERSONAL = {"given_name", "family_name", "certificate_name", "address", "personal_page"}
PARTITIONS = {"workshops": 6, "workshop-events": 6, "participants": 12, "registrations": 12, "notifications": 12, "certificates": 12}


def test_partition_counts_are_final() -> None:
    assert {topic.name: topic.partitions for topic in TOPICS} == PARTITIONS


def test_facts_are_kept_for_ever_and_state_is_compacted() -> None:
    for topic in TOPICS:
        if topic.kind is Kind.FACT:
            assert topic.configuration == {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
        else:
            assert topic.configuration["cleanup.policy"] == "compact"


def test_every_event_is_versioned_and_on_a_provisioned_topic() -> None:
    for event in EVENTS:
        assert event.type.rsplit(".", 1)[1] == "v1"
        assert event.topic in TOPICS


def test_personal_data_travels_on_participants_only() -> None:
    assert set(ParticipantRecorded.model_fields) >= PERSONAL
    for event in EVENTS:
        if event.topic is not PARTICIPANTS:
            assert not PERSONAL & set(event.model_fields), event.type


def test_only_the_topic_with_personal_data_is_erasable() -> None:
    assert [topic for topic in TOPICS if topic.erasable] == [PARTICIPANTS]
