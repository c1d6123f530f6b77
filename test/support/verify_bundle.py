#!/usr/bin/env python3
"""Verifies a bundle of the audit trail, by docs/audit.md alone and with nothing but the standard library.

usage: verify_bundle.py BUNDLE KEYFILE    exit code 0: true, 1: tampered, 2: unreadable
"""

import base64
import hashlib
import io
import json
import re
import sys
import unicodedata
import zipfile
from datetime import datetime, timedelta

# --- Ed25519 (RFC 8032, section 5.1) ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same_point(one, other):
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - x2) % P != 0:
        return None
    return P - x if (x & 1) != sign else x


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_verifies(public_key, message, signature):
    a, r = decompress(public_key), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or len(signature) != 64:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % L
    return same_point(multiply(s, BASE), add(r, multiply(h, a)))


# --- The tree ---


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(text):
    return sha256(b"\x00" + text.encode())


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


class CompactRange:
    """Roots of complete subtrees from 0 to `end`, each with its level."""

    def __init__(self):
        self.nodes = []
        self.end = 0

    def push(self, digest, level=0):
        self.end += 1 << level
        index = (self.end >> level) - 1
        while index & 1 and self.nodes and self.nodes[-1][0] == level:
            digest = node_hash(self.nodes.pop()[1], digest)
            level, index = level + 1, index >> 1
        self.nodes.append((level, digest))

    def root(self):
        result = None
        for _, digest in reversed(self.nodes):
            result = digest if result is None else node_hash(digest, result)
        return sha256(b"") if result is None else result


def levels_of(begin, end):
    """Levels of the fewest complete subtrees that cover [begin, end)."""
    while begin < end:
        level = 0
        while begin % (2 << level) == 0 and begin + (2 << level) <= end:
            level += 1
        yield level
        begin += 1 << level


def included(index, size, digest, path, root):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        return False
    fn, sn = index, size - 1
    for each in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            digest = node_hash(each, digest)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            digest = node_hash(digest, each)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and digest == root


# --- Canonical JSON (RFC 8785), of what a leaf may hold ---


def canonical(value):
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(each) for each in value) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    raise Tampered(f"a number that no leaf has: {value!r}")


# --- Keys and checkpoints (C2SP signed-note, tlog-checkpoint) ---


class Tampered(Exception):
    pass


class Unreadable(Exception):
    pass


def parse_vkey(text):
    name, key_id, encoded = text.split("+", 2)
    data = base64.b64decode(encoded, validate=True)
    if len(data) != 33 or data[0] != 1:
        raise Unreadable("not an Ed25519 key")
    if sha256(name.encode() + b"\n" + data)[:4].hex() != key_id:
        raise Unreadable("the key hash is not that of the key")
    return (name, key_id, data[1:])


def open_checkpoint(note, keys):
    """(key, size, root) of a note that one of the keys has signed."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        dash, name, encoded = line.split(" ")
        data = base64.b64decode(encoded, validate=True)
        for key in keys:
            if dash == "\u2014" and (name, data[:4].hex()) == key[:2]:
                if not ed25519_verifies(key[2], text.encode(), data[4:]):
                    raise Tampered("a checkpoint has a false signature")
                origin, size, root = text.splitlines()[:3]
                if origin != key[0] or not re.fullmatch(r"0|[1-9][0-9]*", size):
                    raise Tampered("a checkpoint is not one of this trail")
                return key, int(size), base64.b64decode(root, validate=True)
    raise Tampered("a checkpoint is signed by another key")


def key_chain(listed, trusted):
    """The keys in order, the place of the first that is trusted, and the size at which each has handed over."""
    keys, handed_over = [], []
    for place, entry in enumerate(listed):
        key = parse_vkey(entry["verifier"])
        if place > 0:
            change = entry.get("change")
            if change is None:
                raise Tampered("a key follows another without its signature")
            leaf, details = change["leaf"], change["leaf"]["details"]
            _, size, root = open_checkpoint(change["checkpoint"], [keys[-1]])
            path = [bytes.fromhex(each) for each in change["path"]]
            named = details["to"] == entry["verifier"] and parse_vkey(details["from"]) == keys[-1]
            if leaf["type"] != "audit.key_changed" or leaf["mac"] != "valid" or not named:
                raise Tampered("a key follows another without its event")
            if not included(change["index"], size, leaf_hash(canonical(leaf)), path, root):
                raise Tampered("the event of a change of key is not sealed")
            handed_over.append(size)
        keys.append(key)
    places = [place for place, key in enumerate(keys) if key in trusted]
    if not places:
        raise Tampered("the key given is none of the trail's")
    return keys, places[0], handed_over


# --- Lines ---

MEMBERS = (
    "id at told_at type version outcome actor_kind actor account client session factor ip user_agent request_id command "
    "operator reason details mac"
).split()
HEADER = ",".join(f'"{name}"' for name in ["index", *MEMBERS, "labels", "personal", "leaf"])


def cell(value):
    text = "" if value is None else canonical(value) if isinstance(value, (dict, list)) else str(value)
    prefix = "'" if text[:1] in tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20") and text else ""
    text = "".join(" " if unicodedata.category(each) == "Cc" else each for each in prefix + text)
    return quoted(text)


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def ndjson_line(index, leaf, personal, labels):
    text = "null" if leaf is None else canonical(leaf)
    line = f'{{"index":{index},"leaf":{text}'
    line += "" if personal is None else f',"personal":{canonical(personal)}'
    line += "" if labels is None else f',"labels":{canonical(labels)}'
    return line + "}"


def csv_line(index, leaf, personal, labels):
    cells = [cell((leaf or {}).get(member)) for member in MEMBERS]
    text = "" if leaf is None else canonical(leaf)
    return ",".join([quoted(str(index)), *cells, cell(labels), cell(personal), quoted(text)])


def read_csv(line):
    cells = [each.replace('""', '"') for each in re.findall(r'"((?:[^"]|"")*)"(?:,|$)', line)]
    labels, personal, leaf = [None if each == "" else json.loads(each) for each in cells[-3:]]
    return int(cells[0]), leaf, personal, labels


def read_ndjson(line):
    value = json.loads(line)
    return value["index"], value["leaf"], value.get("personal"), value.get("labels")


# --- Personal values ---


def digests_in(value, path=""):
    if isinstance(value, dict):
        digest = value.get("sha256")
        if len(value) == 1 and isinstance(digest, str) and re.fullmatch(r"[A-Za-z0-9_-]{43}", digest):
            yield path, digest
            return
        for name, each in value.items():
            yield from digests_in(each, path + "/" + name.replace("~", "~0").replace("/", "~1"))
    if isinstance(value, list):
        for place, each in enumerate(value):
            yield from digests_in(each, f"{path}/{place}")


def check_personal(index, leaf, personal):
    digests = dict(digests_in(leaf["details"]))
    for path, kept in (personal or {}).items():
        data = sha256(base64.b64decode(kept["salt"], validate=True) + kept["value"].encode())
        if digests.get(path) != base64.urlsafe_b64encode(data).decode().rstrip("="):
            raise Tampered(f"event {index}: the personal value at {path} was altered")


# --- Times ---


def check_time(index, leaf):
    if "told_at" in leaf:
        at, told_at = [datetime.strptime(leaf[name], "%Y-%m-%dT%H:%M:%S.%fZ") for name in ("at", "told_at")]
        if abs(at - told_at) <= timedelta(minutes=5):
            raise Tampered(f"event {index}: its time was moved before it was sealed")


# --- The bundle ---


def notes_of(text):
    notes = re.split(r"(?m)^---\n", text)
    return notes[:-1] if notes[-1] == "" else notes


def verify(path, key_file):
    with open(key_file, encoding="utf-8") as file:
        trusted = [parse_vkey(line.strip()) for line in file if line.strip()]
    with zipfile.ZipFile(path) as bundle:
        names = bundle.namelist()
        if len(set(names)) != len(names):
            raise Unreadable("a file is there twice")
        manifest = json.loads(bundle.read("manifest.json"))
        if manifest["format"] != "gatehouse-audit-bundle/1":
            raise Unreadable("not a bundle of this format")
        tree = json.loads(bundle.read("tree.json"))
        keys, trusted_from, handed_over = key_chain(json.loads(bundle.read("keys.json")), trusted)
        checkpoints, newest, origin = {}, 0, None
        for note in notes_of(bundle.read("checkpoints.txt").decode()):
            key, size, root = open_checkpoint(note, keys)
            place = keys.index(key)
            if checkpoints and size < max(checkpoints):
                raise Tampered("the checkpoints are not in order")
            if place < len(handed_over) and size > handed_over[place]:
                raise Tampered("a key has signed after it had handed over")
            checkpoints.setdefault(size, set()).add(root)
            if place >= trusted_from:
                newest, origin = max(newest, size), key[0]
        first, last, size = manifest["first"], manifest["last"], manifest["size"]
        if newest != size or max(checkpoints) != size or min(checkpoints) <= first:
            raise Tampered("the newest checkpoint is not that of the manifest")
        if manifest["origin"] != origin:
            raise Tampered("the origin is not that of the newest checkpoint")

        whole = CompactRange()
        add_side(whole, tree["left"], 0, first)
        count, invalid = 0, []
        is_csv = manifest["lines"] == "csv"
        write, read = (csv_line, read_csv) if is_csv else (ndjson_line, read_ndjson)
        for segment in range(1, manifest["segments"] + 1):
            name = f"events-{segment:06d}.{manifest['lines']}"
            with io.TextIOWrapper(bundle.open(name), encoding="utf-8", newline="\n") as lines:
                if is_csv and next(lines) != HEADER + "\n":
                    raise Tampered(f"{name} has another heading")
                for text in lines:
                    index, leaf, personal, labels = read(text)
                    if type(index) is not int or index != whole.end:
                        raise Tampered(f"event {whole.end} is not at its place")
                    if not all(isinstance(name, str) for name in (labels or {}).values()):
                        raise Tampered(f"a label of event {index} is not text")
                    if leaf is None:
                        raise Tampered(f"event {index} was removed")
                    if write(index, leaf, personal, labels) + "\n" != text:
                        raise Tampered(f"the line of event {index} is not one that an export writes")
                    check_personal(index, leaf, personal)
                    check_time(index, leaf)
                    if leaf["mac"] == "invalid":
                        invalid.append(index)
                    whole.push(leaf_hash(canonical(leaf)))
                    count += 1
                    for root in checkpoints.get(whole.end, ()):
                        if root != whole.root():
                            raise Tampered(f"up to event {index} something is not what was sealed")
        if whole.end != last + 1 or count != manifest["events"]:
            raise Tampered("the end is missing")
        add_side(whole, tree["right"], last + 1, size)
        for root in checkpoints[size]:
            if root != whole.root():
                raise Tampered("something is not what was sealed")
        if invalid:
            raise Tampered(f"events were written past Gatehouse: {invalid}")
        return origin, count, first, last, size


def add_side(whole, hashes, begin, end):
    levels = list(levels_of(begin, end))
    if len(levels) != len(hashes):
        raise Tampered("tree.json has not as many hashes as it should")
    for level, digest in zip(levels, hashes):
        whole.push(bytes.fromhex(digest), level)


def main():
    try:
        origin, count, first, last, size = verify(*sys.argv[1:3])
        print(f"true: {origin}, {count} events, {first} to {last} of {size}")
        return 0
    except Tampered as error:
        print(f"tampered: {error}")
        return 1
    except (Unreadable, OSError, KeyError, ValueError, TypeError, StopIteration, RecursionError, zipfile.BadZipFile) as error:
        print(f"unreadable: {error!r}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
