"""Every job with its function; `workers.main` runs them."""

from __future__ import annotations

from core.accounts.service import WEEK_SECONDS
from core.jobs import Job
from core.proposals.execution import SEND_SECONDS
from core.runtime import Runtime
from workers.job import Spec
from workers.jobs import actions, alerts, audit, feed, media, privacy, stepup, upkeep


def _polls(rt: Runtime) -> float:
    return rt.settings.upwork_poll_seconds


def _rooms(rt: Runtime) -> float:
    return rt.settings.upwork_room_poll_seconds


def _proposals(rt: Runtime) -> float:
    # One look costs a request per status a proposal can have.
    return rt.settings.upwork_room_poll_seconds * 5


JOBS: dict[Job, Spec] = {
    Job.EMBED_PROFILE: Spec(feed.embed_profile, timeout=240),
    Job.POLL_SEARCH: Spec(feed.poll_search, every=_polls, stops_without_account=True),
    Job.SCORE_POSTINGS: Spec(feed.score_postings, timeout=240),
    Job.DELIVER_CARD: Spec(feed.deliver_card, patient=True, urgent=True),
    Job.DELIVER_DIGEST: Spec(feed.deliver_digest),
    Job.COMPOSE_DRAFT: Spec(
        actions.compose_draft, timeout=240, tries=2, given_up=actions.give_up_draft, urgent=True
    ),
    Job.DELIVER_DRAFT: Spec(actions.deliver_draft, patient=True, urgent=True),
    Job.IMPROVE_TEMPLATE: Spec(actions.improve_template, timeout=240, tries=2, urgent=True),
    Job.READ_POSTING: Spec(actions.read_posting, timeout=120, tries=2),
    Job.READ_MEDIA: Spec(media.read_media, timeout=240, tries=2, given_up=media.give_up, urgent=True),
    Job.EXECUTE_ACTION: Spec(actions.execute_action, timeout=SEND_SECONDS, patient=True, urgent=True),
    Job.READ_BACK: Spec(actions.read_back, patient=True, urgent=True),
    Job.SYNC_ROOMS: Spec(feed.sync_rooms, timeout=120, every=_rooms, stops_without_account=True),
    Job.SYNC_PROPOSALS: Spec(feed.sync_proposals, timeout=120, every=_proposals, stops_without_account=True),
    Job.DELIVER_STORY: Spec(feed.deliver_story, patient=True, urgent=True),
    Job.CONFIRM_LINK: Spec(actions.confirm_link, urgent=True),
    Job.PROBE_ACCOUNT: Spec(actions.probe_account, patient=True, stops_without_account=True, urgent=True),
    Job.KEEP_TOKEN: Spec(actions.keep_token, every=lambda _rt: 6 * 3600.0, stops_without_account=True),
    Job.PURGE_CONTENT: Spec(upkeep.purge_content, every=lambda _rt: 300.0),
    Job.TELL_STEP_UP: Spec(stepup.tell_step_up, patient=True, urgent=True),
    Job.EXPORT_DATA: Spec(privacy.export_data, timeout=240, urgent=True),
    Job.ERASE_TENANT: Spec(privacy.erase_tenant, timeout=240, patient=True),
    Job.TELL_ALERT: Spec(alerts.tell_alert, patient=True, urgent=True),
    Job.ANCHOR_AUDIT: Spec(audit.anchor_audit, every=lambda _rt: 3600.0),
    Job.CALL_ROLL: Spec(audit.call_roll, patient=True),
    Job.WATCH_WEBHOOK: Spec(alerts.watch_webhook, every=lambda _rt: alerts.WATCH_SECONDS, urgent=True),
    Job.WEEKLY_REPORT: Spec(alerts.weekly_report, every=lambda _rt: WEEK_SECONDS),
    Job.EXPIRE_APPROVALS: Spec(upkeep.expire_approvals, every=lambda _rt: 60.0),
}
