"""What no schema can say: which directories and templates there are, which bytes are an image, and lengths in bytes.

Schemathesis makes requests from the schemas of the OpenAPI document, and holds the server to accepting them. Some values are
right or wrong only by what is on the server's machine or in a file; they are replaced by right ones here. Nothing else is.
"""

import re

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


def mended_path(path):
    """Parts of a path have at most 255 bytes; a schema counts characters."""
    if not isinstance(path, str) or len(path) > 4096:
        return path
    return "/".join(part[:63] if len(part.encode("utf-8", "surrogatepass")) > 255 else part for part in path.split("/"))


@schemathesis.hook
def before_call(context, case, kwargs):
    if isinstance(case.path_parameters, dict) and "path" in case.path_parameters:
        path = mended_path(case.path_parameters["path"])
        if path != case.path_parameters["path"]:
            case.path_parameters = {**case.path_parameters, "path": path}
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
    template = body.get("template")
    if isinstance(template, str) and re.fullmatch(r"[a-z0-9_-]{1,64}", template):
        # Which there are is the server's to say.
        del body["template"]
    worktree = body.get("worktree")
    if isinstance(worktree, dict) and set(worktree) <= {"repository", "branch"}:
        branch = worktree.get("branch") or ""
        if is_wellformed_path(worktree.get("repository")) and isinstance(branch, str) and len(branch) <= 255:
            # Where there are repositories is the machine's to say.
            del body["worktree"]
    for name in ("content", "message"):
        if isinstance(body.get(name), list):
            body[name] = [mended_block(block) for block in body[name]]
    if body != case.body:
        case.body = body
