"""Rooms and stories."""

from __future__ import annotations

from functools import partial

from sandbox.upwork.answers import authorization_failed, bad_parameter
from sandbox.upwork.clock import parse_time, story_time
from sandbox.upwork.records import Room, Story
from sandbox.upwork.resolvers.context import Caller, Info, Node, caller, page
from sandbox.upwork.resolvers.people import (
    client_organization,
    client_user,
    freelancer_organization,
    generic_user,
)
from sandbox.upwork.resolvers.proposals import own_proposal, proposal_node
from sandbox.upwork.world import World

PAGE_DEFAULT = 20
PAGE_LIMIT = 100


def own_room(who: Caller, room_id: str | None) -> Room:
    """A room of the caller; anything else is refused without saying whether it exists."""
    room = who.world.rooms.get(room_id or "")
    if room is None or room.account_id != who.account.id:
        raise authorization_failed()
    return room


def room_node(world: World, room: Room) -> Node:
    """A Room."""
    account = world.accounts[room.account_id]
    company = world.companies[room.company_id]
    organization = next(item for item in account.organizations if item.id == room.organization_id)
    freelancer = {
        "user": generic_user(account),
        "organization": freelancer_organization(organization, account),
        "role": "MEMBER",
    }
    client = {"user": client_user(company), "organization": client_organization(company), "role": "OWNER"}
    stories = world.stories.get(room.id, [])
    proposal = world.proposals.get(room.proposal_id or "")
    return {
        "id": room.id,
        "roomName": room.name,
        "creator": client,
        "createdAtDateTime": story_time(room.created_at),
        "public": False,
        "topic": room.topic,
        "owner": client,
        "numUnread": unread(world, room),
        "favorite": False,
        "roomUsers": [freelancer, client],
        "numUsers": 2,
        "lastVisitedDateTime": story_time(room.freelancer_read_at) if room.freelancer_read_at else None,
        "lastReadDateTime": story_time(room.freelancer_read_at) if room.freelancer_read_at else None,
        "roomType": "INTERVIEW" if room.proposal_id else "ONE_ON_ONE",
        "readOnly": False,
        "hidden": False,
        "muted": False,
        "contractId": None,
        "vendorProposal": (lambda _info: proposal_node(world, proposal)) if proposal else None,
        "offerIds": [],
        "latestStory": (lambda _info: story_node(world, room, stories[-1])) if stories else None,
        "story": lambda _info, id: story_node(world, room, story_of(world, room, id)),  # noqa: A006
        "stories": partial(stories_of, world, room),
    }


def unread(world: World, room: Room) -> int:
    """Stories of the client since the freelancer last wrote."""
    return sum(
        story.author == "client" and story.created_at > room.freelancer_read_at
        for story in world.stories.get(room.id, [])
    )


def story_node(world: World, room: Room, story: Story) -> Node:
    """A RoomStory."""
    account, company = world.accounts[room.account_id], world.companies[room.company_id]
    own = story.author == "freelancer"
    organization = next(item for item in account.organizations if item.id == room.organization_id)
    return {
        "id": story.id,
        "room": lambda _info: room_node(world, room),
        "createdDateTime": story_time(story.created_at),
        "updatedDateTime": story_time(story.created_at),
        "user": generic_user(account) if own else client_user(company),
        "message": story.message,
        "organization": freelancer_organization(organization, account)
        if own
        else client_organization(company),
    }


def story_of(world: World, room: Room, story_id: str) -> Story:
    for story in world.stories.get(room.id, []):
        if story.id == story_id:
            return story
    raise authorization_failed()


def stories_of(world: World, room: Room, _info: Info, filter: Node | None = None) -> Node:  # noqa: A002 - the schema's argument
    """Stories of a room, newest first."""
    wanted = filter or {}
    between = wanted.get("storyCreatedDateTime_bt") or {}
    low = parse_time(between["rangeStart"]) if between.get("rangeStart") else None
    high = parse_time(between["rangeEnd"]) if between.get("rangeEnd") else None
    found = [
        story
        for story in reversed(world.stories.get(room.id, []))
        if (low is None or story.created_at >= low) and (high is None or story.created_at <= high)
    ]
    chosen, offset, page_info = page(found, wanted.get("pagination"), default=PAGE_DEFAULT, limit=PAGE_LIMIT)
    return {
        "totalCount": len(found),
        "edges": [
            {"cursor": str(offset + number), "node": story_node(world, room, story)}
            for number, story in enumerate(chosen, 1)
        ],
        "pageInfo": page_info,
    }


def room_by_id(info: Info, id: str) -> Node:  # noqa: A002 - the schema's argument
    who = caller(info)
    return room_node(who.world, own_room(who, id))


def room_of_proposal(info: Info, vendorProposalId: str) -> Node:  # noqa: N803 - the schema's argument
    """proposalRoom: refused until the client has opened one."""
    who = caller(info)
    proposal = own_proposal(who, vendorProposalId)
    return room_node(who.world, own_room(who, proposal.room_id))


def stories(info: Info, filter: Node | None = None) -> Node:  # noqa: A002 - the schema's argument
    """roomStories."""
    who = caller(info)
    wanted = filter or {}
    room = own_room(who, wanted.get("roomId_eq"))
    return stories_of(who.world, room, info, wanted.get("storyFilter"))


def story(info: Info, roomId: str, storyId: str) -> Node:  # noqa: N803 - the schema's arguments
    who = caller(info)
    room = own_room(who, roomId)
    return story_node(who.world, room, story_of(who.world, room, storyId))


def room_list(
    info: Info,
    filter: Node | None = None,  # noqa: A002 - the schema's argument
    pagination: Node | None = None,
    sortOrder: str | None = None,  # noqa: N803
) -> Node:
    """roomList, the room with the newest story first unless ASC is asked for."""
    who = caller(info)
    world = who.world
    found = [room for room in world.rooms.values() if _wanted(who, room, filter or {})]
    found.sort(key=lambda room: last_activity(world, room), reverse=sortOrder != "ASC")
    chosen, _, page_info = page(found, pagination, default=PAGE_DEFAULT, limit=PAGE_LIMIT)
    return {
        "totalCount": len(found),
        "edges": [{"node": room_node(world, room)} for room in chosen],
        "pageInfo": page_info,
    }


def last_activity(world: World, room: Room) -> float:
    stories = world.stories.get(room.id)
    return stories[-1].created_at if stories else room.created_at


def _wanted(who: Caller, room: Room, filter: Node) -> bool:  # noqa: A002 - the schema's word
    kind = "INTERVIEW" if room.proposal_id else "ONE_ON_ONE"
    since = filter.get("activeSince_eq")
    reference = filter.get("objectReferenceId_eq")
    return (
        room.account_id == who.account.id
        and room.organization_id == who.organization.id
        and filter.get("roomType_eq") in {None, "ALL", kind}
        and filter.get("roomPrivacy_eq") in {None, "ALL", "PRIVATE"}
        and filter.get("subscribed_eq") in {None, True}
        and (since is None or last_activity(who.world, room) >= parse_time(since))
        and (not filter.get("unreadRoomsOnly_eq") or unread(who.world, room) > 0)
        and reference in {None, room.proposal_id, room.posting_id}
    )


def one_on_one(info: Info, userId: str, organizationId: str) -> Node | None:  # noqa: N803 - the schema's arguments
    """oneOnOneRoom: an existing conversation with that client, or null."""
    who = caller(info)
    room = _room_with(who, userId, organizationId)
    return room_node(who.world, room) if room else None


def _room_with(who: Caller, user_id: str, organization_id: str) -> Room | None:
    for room in who.world.rooms.values():
        company = who.world.companies[room.company_id]
        if room.account_id == who.account.id and (company.user_id, company.id) == (user_id, organization_id):
            return room
    return None


def ensure_one_on_one(info: Info, userId: str, orgId: str) -> Node:  # noqa: N803 - the schema's arguments
    """roomCreate1on1IfNotExists: a freelancer cannot open a conversation, so only an existing one is returned."""
    who = caller(info)
    room = _room_with(who, userId, orgId)
    if room is None:
        raise authorization_failed()
    return room_node(who.world, room)


def write(info: Info, input: Node) -> Node:  # noqa: A002 - the schema's argument
    """createRoomStoryV2."""
    who = caller(info)
    room = own_room(who, input.get("roomId"))
    message = input.get("message") or ""
    if not message.strip():
        raise bad_parameter()
    story = who.world.add_story(room, "freelancer", message)
    who.spoke(room.id)
    return story_node(who.world, room, story)
