"""What the client uses although the schema read in April 2026 does not have it yet.

Each entry is optional at run time: the capability probe asks whether it exists before anything relies on it. An entry whose
coordinate turns up in a newer schema file is checked against that file like everything else, and can be removed here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addition:
    """`coordinate` is `Type.field`; `sdl` is what to extend an older schema with, so that queries can still be checked."""

    coordinate: str
    reason: str
    sdl: str


ADDITIONS = (
    Addition(
        coordinate="Mutation.createJobProposal",
        reason="first seen by introspection in August 2026, with the permission 'Submit Proposal'; "
        "the input's fields are those of CreateProposalInput, which the schema has but never uses",
        sdl="""
        extend type Mutation {
          createJobProposal(input: CreateJobProposalInput!): CreateJobProposalResponse
        }
        input CreateJobProposalInput {
          selectedContractor: CreateProposalSelectedContractor!
          jobReference: String!
          chargedAmount: Float!
          coverLetter: String!
          teamOrgId: String
          questions: [CreateProposalQuestion]
          milestones: [CreateProposalMilestone]
          estimatedDuration: Int
          boostBidAmount: Float
        }
        type CreateJobProposalResponse {
          newProposalId: String
          status: String
          error: String
        }
        """,
    ),
    Addition(
        coordinate="VendorProposal.viewedByClient",
        reason="read by public clients since mid-2026",
        sdl="extend type VendorProposal { viewedByClient: Boolean }",
    ),
)

OPTIONAL_FIELDS = frozenset({"VendorProposal.viewedByClient"})
