package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
)

func sign(target, key, secret string) string { // the canonical path and query; the secret in hex
	bytes, _ := hex.DecodeString(secret)
	mac := hmac.New(sha256.New, bytes)
	mac.Write([]byte("pollex-url-v1\nGET\n" + target))
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	code := base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	return target + separator + "signature=" + key + "." + code
}

func main() { fmt.Println(sign(os.Args[1], os.Args[2], os.Args[3])) }
