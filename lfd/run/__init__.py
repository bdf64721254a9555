"""Where everything about one experiment is kept: an ordinary folder, or the same folder as a tar stream.

`manifest` says what is in a run and how it was made, `folder` keeps it on disk, `stream` carries it
through a pipe, `tables` and `arrays` turn members into tables and back.
"""
