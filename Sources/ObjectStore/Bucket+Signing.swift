internal import Coding

/// A request as it is sent.
struct SignedRequest {
    let url: String
    /// `Name: value`
    let fields: [String]
}

extension Bucket {
    /// - Parameter seconds: since 1970.
    func sign(_ order: TransferOrder, at seconds: Int64) -> SignedRequest {
        let time = RequestSignature.time(seconds)
        let path = path(of: order.key)
        let query = order.query.map {
            PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value)
        }.joined(separator: "&")
        let fields =
            order.fields + [
                ("host", authority), ("x-amz-content-sha256", order.contentDigest),
                ("x-amz-date", time),
            ]
        let signature = RequestSignature(
            accessKey: accessKey, secretKey: secretKey, region: region, time: time)
        let authorization = signature.authorization(
            method: order.method.rawValue, path: path, query: query, fields: fields,
            contentDigest: order.contentDigest)
        return SignedRequest(
            url: url(path: path, query: query),
            fields: fields.map { "\($0.name): \($0.value)" } + ["authorization: \(authorization)"])
    }
}
