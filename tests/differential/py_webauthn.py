"""What py_webauthn says of vectors: one a line on the standard input, one answer a line: `ok`, or why not."""

import json
import sys

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.cose import COSEAlgorithmIdentifier


def ask(vector: dict) -> None:
    options = vector["options"]
    common = {
        "credential": vector["response"],
        "expected_challenge": base64url_to_bytes(vector["challenge_b64url"]),
        "expected_rp_id": vector["rp_id"],
        "expected_origin": vector["origin"],
        "require_user_verification": options.get("require_uv", False),
    }
    if vector["kind"] == "registration":
        offered = options.get("algorithms") or list(COSEAlgorithmIdentifier)
        verify_registration_response(
            **common,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(alg) for alg in offered],
        )
    else:
        verify_authentication_response(
            **common,
            credential_public_key=base64url_to_bytes(vector["credential_public_key_b64url"]),
            credential_current_sign_count=vector["sign_count"],
        )


for line in sys.stdin:
    try:
        ask(json.loads(line))
        print("ok")
    except Exception as error:  # whatever it throws is a refusal
        print(f"{type(error).__name__}: {error}".replace("\n", " ")[:120])
