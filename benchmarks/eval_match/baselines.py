"""The scorers ours is compared with: chance, two kinds of word counting, and the embedding model by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from benchmarks.eval_match.dataset import Dataset
from benchmarks.eval_match.measures import SEED, Scores

K1, B = 1.2, 0.75


def by_chance(data: Dataset) -> Scores:
    return np.random.default_rng(SEED + 1).random(data.grades.shape)


def tfidf_pair(data: Dataset) -> Scores:
    """Cosine of two TF-IDF vectors that know nothing but one profile and one posting.

    In a collection of two, a word of both has the weight 1 and a word of one ln(3/2) + 1 (scikit-learn's smoothed idf), so all
    pairs come out of three matrix products; a test compares them with scikit-learn's own pair by pair.
    """
    counter = CountVectorizer(stop_words="english")
    counts = counter.fit_transform([*data.profile_texts, *data.posting_texts]).astype(np.float64)
    profiles, postings = counts[: len(data.profiles)], counts[len(data.profiles) :]
    lonely = (math.log(1.5) + 1) ** 2
    squares_p, squares_q = profiles.multiply(profiles), postings.multiply(postings)
    in_p, in_q = profiles.sign(), postings.sign()
    # A word's squared count weighs 1 where the other side has the word too, and more where it does not.
    norm_p = lonely * squares_p.sum(axis=1) - (lonely - 1) * (squares_p @ in_q.T).toarray()
    norm_q = lonely * squares_q.sum(axis=1).T - (lonely - 1) * (in_p @ squares_q.T).toarray()
    norms = np.sqrt(np.asarray(norm_p) * np.asarray(norm_q))
    shared = (profiles @ postings.T).toarray()
    return np.asarray(np.divide(shared, norms, out=np.zeros_like(shared), where=norms > 0))


def bm25(data: Dataset) -> Scores:
    """Okapi BM25 of the profile's words over all postings of the set."""
    counter = CountVectorizer(stop_words="english")
    postings = counter.fit_transform(data.posting_texts).astype(np.float64).toarray()
    wanted = counter.transform(data.profile_texts).sign().toarray()
    seen = (postings > 0).sum(axis=0)
    rarity = np.log(1 + (len(postings) - seen + 0.5) / (seen + 0.5))
    lengths = postings.sum(axis=1, keepdims=True)
    weighted = postings * (K1 + 1) / (postings + K1 * (1 - B + B * lengths / lengths.mean()))
    return np.asarray((wanted * rarity) @ weighted.T)


def minilm(profiles: Sequence[Sequence[float]], postings: Sequence[Sequence[float]]) -> Scores:
    """Cosine of the whole profile's vector with the posting's."""
    return np.asarray(profiles, dtype=np.float64) @ np.asarray(postings, dtype=np.float64).T
