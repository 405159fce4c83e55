<?php
function sign(string $target, string $key, string $secret): string { // the secret in hex
    $code = hash_hmac("sha256", "pollex-url-v1\nGET\n" . $target, hex2bin($secret), true);
    $text = rtrim(strtr(base64_encode($code), "+/", "-_"), "=");
    return $target . (str_contains($target, "?") ? "&" : "?") . "signature=$key.$text";
}

echo sign($argv[1], $argv[2], $argv[3]), "\n";
