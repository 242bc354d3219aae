using System.Text.RegularExpressions;

namespace Orchestrator.Storage.Artifacts;

/// <summary>Where artifacts are: a folder, or a bucket of S3-compatible storage.</summary>
public abstract partial record ArtifactAddress
{
    private const string Scheme = "s3://";

    private ArtifactAddress()
    {
    }

    /// <summary>A folder that every process sees.</summary>
    public sealed record Folder(string Path) : ArtifactAddress
    {
        /// <inheritdoc/>
        public override string ToString() => $"'{Path}'";
    }

    /// <summary>A bucket.</summary>
    /// <param name="Name">The bucket.</param>
    /// <param name="Prefix">What its keys begin with, with a slash at its end; empty for none.</param>
    /// <param name="Endpoint">The server; null for the one that the AWS settings name.</param>
    public sealed record Bucket(string Name, string Prefix, Uri? Endpoint) : ArtifactAddress
    {
        /// <inheritdoc/>
        public override string ToString() => Show(Prefix);

        /// <summary>A key of it, for messages.</summary>
        internal string Show(string key) => $"'{Scheme}{Name}/{key}'{(Endpoint is null ? "" : $" at {Endpoint.GetLeftPart(UriPartial.Authority)}")}";
    }

    /// <summary>Reads an address. Throws <see cref="ArtifactException"/> if it is none.</summary>
    /// <param name="where">A folder, or <c>s3://bucket/prefix</c>.</param>
    /// <param name="endpoint">The server of a bucket, as <c>http://host:port</c>; null for the one that the AWS settings name.</param>
    public static ArtifactAddress Parse(string where, string? endpoint = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(where);
        if (!where.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return new Folder(where);
        }
        var match = Shape().Match(where[Scheme.Length..]);
        if (!match.Success)
        {
            throw new ArtifactException(
                $"artifact store '{where}': give s3://bucket/prefix, with a bucket of 3 to 63 lower-case letters, digits, dots and hyphens and a prefix of letters, digits and ! - _ . * ' ( ) between slashes");
        }
        var prefix = match.Groups["prefix"].Value.Trim('/');
        return new Bucket(match.Groups["bucket"].Value, prefix.Length == 0 ? "" : prefix + "/", endpoint is null ? null : Server(endpoint));
    }

    // Its text is not repeated: somebody may have put a password in.
    private static Uri Server(string endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var server) && server.Scheme is "http" or "https" && server is { UserInfo: "", PathAndQuery: "/" }
            ? server
            : throw new ArtifactException("the S3 endpoint (ORCHESTRATOR_S3_ENDPOINT) is no address of a server: give http://HOST:PORT or https://HOST alone, and keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");

    [GeneratedRegex(@"^(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?<prefix>(/+[\w!.*'()-]+)*)/*$", RegexOptions.CultureInvariant | RegexOptions.ECMAScript | RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
