"""A program for each public grader: it judges samples as that grader does, and says how long that took.

Each is a process of its own, because graders fork, and a process that had read other peers' data would
fork slowly. Starting, importing and reading are not timed; judging is, as the peer itself does it.
"""
