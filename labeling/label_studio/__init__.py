"""The same queue, worked on in Label Studio: pins go there, answers come back, each exactly once.

Modules, in the order of a task's way: `asking` (a signal -> how Label Studio asks), `sending` (pins ->
tasks), `projects` (what is where), `handing` (slots between the app and there), `pushing`; then back:
`judging` (whose word is it?), `recording` (into slots and answers), `pulling`, `watching`. `server` is
the only one that speaks to the server.
"""
