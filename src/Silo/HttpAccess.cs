namespace Orchestrator.Silo;

/// <summary>Where the API listens, and who may use it.</summary>
public sealed record HttpAccess
{
    /// <summary>An address, and the token that every request must carry; null leaves it open.</summary>
    /// <exception cref="ArgumentException">Others than this machine could reach it, and there is no token.</exception>
    public HttpAccess(Uri listen, string? token)
    {
        ArgumentNullException.ThrowIfNull(listen);
        (Listen, Token) = (listen, string.IsNullOrEmpty(token) ? null : token);
        if (!listen.IsLoopback && Token is null)
        {
            throw new ArgumentException(
                $"the address {listen} can be reached from other machines: give a token with --token (or ORCHESTRATOR_TOKEN), which every client then needs too, or listen on http://127.0.0.1:PORT", nameof(listen));
        }
    }

    /// <summary>HTTP address.</summary>
    public Uri Listen { get; }

    /// <summary>The bearer token that requests must carry, or null.</summary>
    public string? Token { get; }

    /// <summary>For logs: without the token.</summary>
    public override string ToString() => $"{Listen} ({(Token is null ? "open" : "with a token")})";
}
