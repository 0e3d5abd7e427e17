"""Local PAC and SAT: one core that really validates and stamps, behind vendor-shaped faces.

It shares SAT's schema and style sheet files with the addon, but no code: what the addon
builds, seals and signs is judged here by an implementation of its own.
"""
