"""What no schema can say: which directories there are, and which bytes are an image.

Schemathesis makes requests from the schemas of the OpenAPI document, and holds the server to accepting them. Some values are
right or wrong only by what is on the server's machine or in a file; they are replaced by right ones here. Nothing else is.
"""

import schemathesis

GIF = "R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="


def is_wellformed_path(value):
    return isinstance(value, str) and value.startswith("/") and "\0" not in value and len(value) <= 4096


def mended_block(block):
    if not isinstance(block, dict) or not isinstance(block.get("source"), dict):
        return block
    source = block["source"]
    if set(source) != {"type", "media_type", "data"} or not isinstance(source["data"], str):
        return block
    if source["type"] == "base64" and source["media_type"] in ("image/png", "image/jpeg", "image/gif", "image/webp"):
        return {**block, "source": {**source, "media_type": "image/gif", "data": GIF}}
    if source["type"] == "base64" and source["media_type"] == "application/pdf":
        return {**block, "source": {"type": "text", "media_type": "text/plain", "data": "a text"}}
    return block


@schemathesis.hook
def before_call(context, case, kwargs):
    if not isinstance(case.body, dict):
        return
    body = dict(case.body)
    if is_wellformed_path(body.get("cwd")):
        body["cwd"] = "/tmp"
    if isinstance(body.get("add_dirs"), list):
        body["add_dirs"] = ["/tmp" if is_wellformed_path(path) else path for path in body["add_dirs"]]
    if isinstance(body.get("env"), dict) and all(
        isinstance(value, str) and "\0" not in value for value in body["env"].values()
    ) and len(body["env"]) <= 64:
        # The names that sessions may set are the server's to choose.
        body["env"] = {}
    for name in ("content", "message"):
        if isinstance(body.get(name), list):
            body[name] = [mended_block(block) for block in body[name]]
    if body != case.body:
        case.body = body
