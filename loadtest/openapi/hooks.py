"""What Schemathesis can not make up: hashes of images that are there, pictures, links that are signed."""

import os
import random
import re
import urllib.parse

import schemathesis

KNOWN = os.environ["POLLEX_HASHES"].split(",")
with open(os.environ["POLLEX_PICTURE"], "rb") as file:
    PICTURE = file.read()
LINK = urllib.parse.urlsplit(os.environ["POLLEX_LINK"])
PARTIALS = os.environ["POLLEX_PARTIALS"].split(",")
HASH = re.compile("[0-9a-f]{64}")


def picture():
    """The same picture in ever other bytes: a comment segment after the start marker."""
    text = str(random.random()).encode()
    return PICTURE[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + PICTURE[2:]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Most of the hashes that are well formed are those of images that are there."""
    for name in ("hash", "image"):
        value = (path_parameters or {}).get(name)
        if isinstance(value, str) and HASH.match(value) and random.random() < 0.7:
            path_parameters[name] = random.choice(KNOWN) + value[64:]
    if LINK.path and "id" in (path_parameters or {}) and is_uploads(context):
        if random.random() < 0.8:
            path_parameters["id"] = (
                LINK.path.split("/")[-1] if is_link(context) else random.choice(PARTIALS))
    return path_parameters


def is_uploads(context):
    return context.operation.path == "/uploads/{id}"


def is_link(context):
    """Else it is of an upload in pieces."""
    return context.operation.method.lower() in ("put", "post")


@schemathesis.serializer("application/offset+octet-stream")
def piece(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def map_query(context, query):
    """Most uploads by link have its signature; what is behind that is made up."""
    if LINK.path and is_uploads(context) and not is_link(context):
        return {name: value for name, value in (query or {}).items() if name != "signature"}
    if LINK.path and is_uploads(context) and "signature" in (query or {}) and random.random() < 0.8:
        signed = dict(urllib.parse.parse_qsl(LINK.query))
        return {**signed, **{name: query[name] for name in query if name == "name"}}
    return query


@schemathesis.hook
def map_body(context, body):
    """Half of the uploads are pictures."""
    return picture() if isinstance(body, bytes) and random.random() < 0.5 else body
