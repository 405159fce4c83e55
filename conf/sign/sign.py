import base64, hashlib, hmac, sys

def sign(target, key, secret):  # the canonical path and query; the secret in hex
    message = "pollex-url-v1\nGET\n" + target
    code = hmac.new(bytes.fromhex(secret), message.encode(), hashlib.sha256).digest()
    text = base64.urlsafe_b64encode(code).decode().rstrip("=")
    return f"{target}{'&' if '?' in target else '?'}signature={key}.{text}"

print(sign(*sys.argv[1:]))
