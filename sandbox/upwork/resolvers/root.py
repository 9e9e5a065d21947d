"""The root value of every request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.upwork.resolvers import jobs, people, proposals, rooms

ROOT: dict[str, Callable[..., Any]] = {
    "user": people.user,
    "organization": people.organization,
    "companySelector": people.company_selector,
    "talentProfile": people.talent_profiles,
    "talentWorkHistory": people.work_history,
    "marketplaceJobPostingsSearch": jobs.search,
    "marketplaceJobPosting": jobs.posting_by_id,
    "marketplaceJobPostingsContents": jobs.contents,
    "ontologyCategories": jobs.ontology,
    "vendorProposal": proposals.proposal_by_id,
    "vendorProposals": proposals.proposals,
    "proposalMetadata": proposals.metadata,
    "proposalRoom": rooms.room_of_proposal,
    "room": rooms.room_by_id,
    "roomList": rooms.room_list,
    "roomStories": rooms.stories,
    "roomStory": rooms.story,
    "oneOnOneRoom": rooms.one_on_one,
    "createRoomStoryV2": rooms.write,
    "roomCreate1on1IfNotExists": rooms.ensure_one_on_one,
    "createJobProposal": proposals.submit,
}
