"""What happens to every table's rows: how a person gets them, how they are erased, how long they live and why.

One line per table, and a test refuses a table without one. Export, erasure, `docs/retention.md` and the privacy page all read
this; none of them names a table of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Export(StrEnum):
    """How a person gets the rows."""

    ROWS = "rows"  # every column but the held ones, sealed ones opened
    HELD = "held"  # named in the export with the number of rows: what is in them is a secret, or only keys and hashes
    NOTHING = "nothing"  # rows about nobody in particular


class Erase(StrEnum):
    """How the rows go when the account goes."""

    CASCADE = "cascade"  # the foreign key to `tenants` takes them along
    BY_TENANT = "by_tenant"  # `tenant_id` without a foreign key: deleted by name
    BY_CHAT = "by_chat"  # `chat_id`: deleted for the chats of the account
    STAYS = "stays"  # rows about nobody in particular, or what remembers an erasure


class Basis(StrEnum):
    """Article 6(1) of the GDPR."""

    CONTRACT = "contract"  # (b): without it the product cannot do what it was asked to do
    INTEREST = "interest"  # (f): keeping accounts safe and the service running
    CONSENT = "consent"  # (a)
    DUTY = "duty"  # (c): proof that a right was honoured


class Group(StrEnum):
    """What a row is about, in the words of the privacy page."""

    ACCOUNT = "account"
    PROFILE = "profile"
    FEED = "feed"
    DRAFTS = "drafts"
    MESSAGES = "messages"
    SENT = "sent"
    UPWORK = "upwork"
    SECURITY = "security"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Rule:
    """`keep` says how long and `why` what for, in one short English sentence each, for `docs/retention.md`.

    `held` are columns that an export names but never contains: tokens, seeds, hashes, wrapped keys, vectors. A column whose name
    ends in `_sealed` and is not held is opened with the tenant's data key, bound to its table, column and row.
    """

    group: Group
    export: Export
    erase: Erase
    basis: Basis
    keep: str
    why: str
    held: frozenset[str] = frozenset()


_ACCOUNT = "as long as the account"
_DAY = "less than 24 hours"
_LATER = "the account's end; content of clients less than 24 hours"


def _rows(
    group: Group,
    keep: str,
    why: str,
    *held: str,
    basis: Basis = Basis.CONTRACT,
    erase: Erase = Erase.CASCADE,
) -> Rule:
    return Rule(group, Export.ROWS, erase, basis, keep, why, frozenset(held))


def _held(group: Group, keep: str, why: str, *, erase: Erase = Erase.CASCADE) -> Rule:
    """Secrets and hashes of a person's: they learn that we hold them, and nothing else."""
    return Rule(group, Export.HELD, erase, Basis.INTEREST, keep, why)


RULES: Mapping[str, Rule] = {
    # accounts
    "tenants": _rows(Group.ACCOUNT, _ACCOUNT, "the account itself: language, pause, when it was opened"),
    "telegram_links": _rows(Group.ACCOUNT, _ACCOUNT, "which Telegram user the account belongs to"),
    "dialogs": _rows(Group.ACCOUNT, "until the question is answered", "what the bot is waiting for"),
    # profile and searches
    "profiles": _rows(Group.PROFILE, _ACCOUNT, "what drafts and scores are built on"),
    "profile_facts": _rows(Group.PROFILE, _ACCOUNT, "the person's own facts, quoted in drafts", "embedding"),
    "saved_searches": _rows(Group.PROFILE, _ACCOUNT, "what to look for on Upwork"),
    # feed
    "seen_postings": _rows(
        Group.FEED,
        _ACCOUNT,
        "so that the same posting is not shown twice: ids and times",
        "fingerprint",
        "bands",
    ),
    "job_postings": _rows(
        Group.FEED,
        _DAY,
        "the posting's text, which is Upwork's, and how it was read",
        "embedding",
        "search_vector",
        "fingerprint",
    ),
    "job_cards": _rows(Group.FEED, _ACCOUNT, "what was shown and decided: ids and numbers"),
    "card_answers": _rows(
        Group.FEED, "until forgotten in /memory", "what was answered to which numbers, to learn from"
    ),
    "received_media": _rows(
        Group.FEED,
        _DAY,
        "what was read in a voice note, a picture or a file; the file itself is never stored",
    ),
    "learned_rules": _rows(Group.FEED, "until forgotten in /memory", "rules its person made of their habits"),
    # drafts
    "drafts": _rows(Group.DRAFTS, _ACCOUNT, "a text on its way to approval"),
    "draft_versions": _rows(
        Group.DRAFTS, _LATER, "every version of a draft; what quotes a client goes first"
    ),
    "style_forgets": _rows(Group.DRAFTS, _ACCOUNT, "what the person had their learned style forget"),
    "templates": _rows(Group.DRAFTS, "until deleted", "the person's own templates for letters"),
    "template_uses": _rows(
        Group.DRAFTS, "as long as the template", "which draft was made from which template: reply rates"
    ),
    "experiments": _rows(Group.DRAFTS, _ACCOUNT, "what the person tries out in their letters"),
    "experiment_draws": _rows(Group.DRAFTS, _ACCOUNT, "which draft was written in which way: reply rates"),
    "llm_spends": _rows(Group.ACCOUNT, _ACCOUNT, "what language models cost beside drafts: limits"),
    # messages
    "rooms": _rows(Group.MESSAGES, _LATER, "conversations: ids stay, names go with the messages"),
    "stories": _rows(Group.MESSAGES, _LATER, "messages: the texts go, ids and times stay"),
    "sent_messages": _rows(Group.MESSAGES, _ACCOUNT, "which Telegram message speaks of what"),
    # sent
    "approvals": _rows(Group.SENT, _ACCOUNT, "what was approved, word for word", "nonce_hash"),
    "actions": _rows(Group.SENT, _ACCOUNT, "what was sent to Upwork and what became of it"),
    "proposal_outcomes": _rows(Group.SENT, _ACCOUNT, "the person's own statistics"),
    # Upwork
    "upwork_accounts": _rows(
        Group.UPWORK,
        "until disconnected",
        "the linked Upwork account",
        "access_token_sealed",
        "refresh_token_sealed",
        "confirm_hash",
    ),
    "upwork_owners": _rows(Group.UPWORK, "until disconnected", "one Upwork account belongs to one person"),
    "oauth_attempts": _held(
        Group.UPWORK, "until the next try", "a connection under way: hashes and a verifier"
    ),
    "upwork_usage": _rows(
        Group.UPWORK,
        "35 days",
        "how many requests were spent on a day: Upwork limits them",
        basis=Basis.INTEREST,
        erase=Erase.BY_TENANT,
    ),
    # security
    "tenant_keys": _held(Group.SECURITY, _ACCOUNT, "the wrapped data key; without it nothing can be read"),
    "audit_events": _rows(
        Group.SECURITY,
        _ACCOUNT,
        "who changed what and when: ids and numbers",
        "prev",
        "hash",
        basis=Basis.INTEREST,
    ),
    "audit_anchors": _rows(
        Group.SECURITY,
        _ACCOUNT,
        "how far the audit trail was last noted outside the database",
        "hash",
        basis=Basis.INTEREST,
    ),
    "alerts": _rows(
        Group.SECURITY,
        _ACCOUNT,
        "what the person was warned of: ids and numbers",
        "reached",
        basis=Basis.INTEREST,
    ),
    "kill_links": _held(Group.SECURITY, "7 days", "links that lock the account: hashes only"),
    "factors": _rows(
        Group.SECURITY,
        "until removed",
        "authenticator apps and passkeys that protect the account",
        "secret_sealed",
        "credential_hash",
        basis=Basis.INTEREST,
    ),
    "backup_codes": _held(Group.SECURITY, "until replaced", "backup codes: hashes only"),
    "passkey_challenges": _held(
        Group.SECURITY, "5 minutes, then until the next one", "passkeys being checked"
    ),
    "one_time_codes": _held(Group.SECURITY, "one hour, then until the next one", "codes sent: hashes only"),
    "contacts": _rows(
        Group.ACCOUNT,
        "until removed; a replaced address 7 days more",
        "an e-mail address and a phone number for warnings and recovery",
        basis=Basis.INTEREST,
    ),
    "login_failures": Rule(
        Group.SECURITY,
        Export.NOTHING,
        Erase.STAYS,
        Basis.INTEREST,
        "24 hours, then until anybody's next try",
        "how often somebody guessed wrongly: hashes of who and from where",
    ),
    "page_links": _held(Group.SECURITY, "10 minutes, then until the next one", "one-time links: hashes only"),
    "role_grants": _rows(
        Group.SECURITY, _ACCOUNT, "who gave the account which role and when", basis=Basis.INTEREST
    ),
    "web_logins": _rows(
        Group.ACCOUNT, _ACCOUNT, "logging in to the web pages by e-mail", "email_index", "password_sealed"
    ),
    "web_sessions": _rows(
        Group.SECURITY,
        "30 days after it ended",
        "which browsers are logged in, and ending them",
        "browser_hash",
        basis=Basis.INTEREST,
    ),
    "refresh_tokens": _held(Group.SECURITY, "as long as its session", "staying logged in: hashes only"),
    "daily_uses": _rows(Group.ACCOUNT, _ACCOUNT, "how much was used on a day: limits", basis=Basis.INTEREST),
    "pending_logins": _held(
        Group.SECURITY,
        "one hour",
        "an e-mail address that was not confirmed yet",
        erase=Erase.BY_TENANT,
    ),
    "consents": _rows(Group.ACCOUNT, _ACCOUNT, "which terms somebody agreed to, and when", basis=Basis.DUTY),
    "data_exports": _rows(
        Group.ACCOUNT,
        "the file 24 hours, that there was one as long as the account",
        "the copies of their data that a person asked for",
        "content_sealed",
        basis=Basis.DUTY,
    ),
    "proofs": _rows(
        Group.SECURITY, "until the next proof", "when a factor was last proven", basis=Basis.INTEREST
    ),
    "step_up_challenges": _held(
        Group.SECURITY, "10 minutes, then until the account's end", "who was asked to confirm which act"
    ),
    "step_up_grants": _held(
        Group.SECURITY, "5 minutes, then until the account's end", "one confirmed act: hashes only"
    ),
    "new_devices": _rows(
        Group.SECURITY, "until confirmed", "sessions that have to confirm first", basis=Basis.INTEREST
    ),
    "limits": _rows(
        Group.ACCOUNT, _ACCOUNT, "the person's own limits for bids, Connects and language models"
    ),
    # the system
    "erased_tenants": Rule(
        Group.SYSTEM,
        Export.NOTHING,
        Erase.STAYS,
        Basis.DUTY,
        "for good",
        "that an account was erased, so that no backup brings it back: a hash that leads back to nobody",
    ),
    "key_uses": Rule(
        Group.SYSTEM,
        Export.NOTHING,
        Erase.STAYS,
        Basis.INTEREST,
        "as long as the installation",
        "how often each wrapping key was used: no key may encrypt too much",
    ),
    "key_holders": Rule(
        Group.SYSTEM,
        Export.NOTHING,
        Erase.STAYS,
        Basis.INTEREST,
        "a day after the process was last seen",
        "which processes run and which key they know: keys are rotated when all know the new one",
    ),
    "system_secrets": Rule(
        Group.SYSTEM,
        Export.NOTHING,
        Erase.STAYS,
        Basis.INTEREST,
        "as long as the installation",
        "sealed keys of the whole installation: finding addresses, signing logins",
    ),
    "work_items": _rows(
        Group.SYSTEM,
        "until done",
        "what is to be done next: ids and times",
        "claimed_by",
        erase=Erase.BY_TENANT,
    ),
    "inbox_updates": _rows(
        Group.SYSTEM,
        "48 hours; the content until it is handled, at most 24 hours",
        "so that no message to the bot is lost or handled twice",
        "payload_sealed",
        erase=Erase.BY_CHAT,
    ),
}
