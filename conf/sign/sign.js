const { createHmac } = require("node:crypto")

function sign(target, key, secret) { // the canonical path and query; the secret in hex
    const code = createHmac("sha256", Buffer.from(secret, "hex"))
        .update("pollex-url-v1\nGET\n" + target).digest("base64url")
    return `${target}${target.includes("?") ? "&" : "?"}signature=${key}.${code}`
}

console.log(sign(...process.argv.slice(2)))
