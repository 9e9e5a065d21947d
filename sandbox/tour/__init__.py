"""Walks the main job by itself, as a person would, and shows the conversation."""
