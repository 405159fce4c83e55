require "base64"
require "openssl"

def sign(target, key, secret) # the canonical path and query; the secret in hex
  code = OpenSSL::HMAC.digest("SHA256", [secret].pack("H*"), "pollex-url-v1\nGET\n" + target)
  text = Base64.urlsafe_encode64(code, padding: false)
  "#{target}#{target.include?("?") ? "&" : "?"}signature=#{key}.#{text}"
end

puts sign(*ARGV)
