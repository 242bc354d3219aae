using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.TestServices;

/// <summary>AWS signature version 4 of a request with its signature in the Authorization header, as S3 checks it.</summary>
internal static partial class S3Signature
{
    /// <summary>S3's code for what is wrong with the request's signature; null if it is right.</summary>
    public static string? Refusal(HttpRequest request, byte[] content, string keyId, string secret)
    {
        var authorization = Header().Match(request.Headers.Authorization.ToString());
        if (!authorization.Success)
        {
            return "AccessDenied";
        }
        if (authorization.Groups["key"].Value != keyId)
        {
            return "InvalidAccessKeyId";
        }
        var hash = request.Headers["x-amz-content-sha256"].ToString();
        if (hash != Hash(content))
        {
            return "XAmzContentSHA256Mismatch";
        }
        var headers = authorization.Groups["headers"].Value;
        var path = string.Join('/', request.Path.Value!.Split('/').Select(Uri.EscapeDataString));
        var query = string.Join('&', request.Query.Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value.ToString())}").Order(StringComparer.Ordinal));
        var canonical = string.Join('\n',
            [request.Method, path, query, .. headers.Split(';').Select(name => $"{name}:{request.Headers[name].ToString().Trim()}"), "", headers, hash]);
        var scope = authorization.Groups["scope"].Value;
        var signed = string.Join('\n', "AWS4-HMAC-SHA256", request.Headers["x-amz-date"].ToString(), scope, Hash(Encoding.UTF8.GetBytes(canonical)));
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + secret), Mac);
        return Convert.ToHexStringLower(Mac(key, signed)) == authorization.Groups["signature"].Value ? null : "SignatureDoesNotMatch";
    }

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    [GeneratedRegex("^AWS4-HMAC-SHA256 Credential=(?<key>[^/]+)/(?<scope>[^,]+), ?SignedHeaders=(?<headers>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$", RegexOptions.ExplicitCapture)]
    private static partial Regex Header();
}
