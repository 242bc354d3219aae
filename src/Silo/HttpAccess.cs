using System.Net;
using System.Net.Sockets;
using Orchestrator.Silo.Http.Access;

namespace Orchestrator.Silo;

/// <summary>Where the API listens, and who may use it.</summary>
public sealed record HttpAccess
{
    private static readonly IPAddress[] Loopback = [IPAddress.Loopback, IPAddress.IPv6Loopback];
    private const string PublicRule = "--public-url: give the address at which a proxy answers, as https://HOST or https://HOST:PORT, with nothing after it";
    private const string Rule = "give an address as http://HOST:PORT, with nothing before the host and nothing after the port";

    /// <summary>An address, and the token that every request must carry; null leaves it open.</summary>
    /// <param name="listen"><c>http://HOST:PORT</c>; the host is a name of this machine or an IP address.</param>
    /// <param name="token">One token for everything, or null.</param>
    /// <param name="tokens">Tokens with scopes, or null.</param>
    /// <param name="publicUrl">Where clients find it, if a proxy stands before it; or null.</param>
    /// <exception cref="ArgumentException">It is another address, or others than this machine could reach it and there is no token. The message holds no password.</exception>
    public HttpAccess(Uri listen, string? token, TokenBook? tokens = null, Uri? publicUrl = null)
    {
        ArgumentNullException.ThrowIfNull(listen);
        var shown = listen.IsAbsoluteUri ? listen.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped) : listen.ToString();
        if (!listen.IsAbsoluteUri || listen.Scheme != Uri.UriSchemeHttp || listen.UserInfo.Length > 0 || listen.PathAndQuery != "/" || listen.Fragment.Length > 0)
        {
            throw new ArgumentException($"--listen {shown}: {Rule}; TLS is for a proxy in front of it", nameof(listen));
        }
        if (publicUrl is not null && (!publicUrl.IsAbsoluteUri || publicUrl.Scheme is not ("http" or "https") || publicUrl.UserInfo.Length > 0 || publicUrl.PathAndQuery != "/" || publicUrl.Fragment.Length > 0))
        {
            throw new ArgumentException(PublicRule, nameof(publicUrl));
        }
        (Listen, Token, Tokens, Public) = (listen, string.IsNullOrEmpty(token) ? null : token, tokens, publicUrl);
        Addresses = Resolve(listen);
        if (IsOpen && publicUrl is not null)
        {
            throw new ArgumentException("a server with --public-url is for other machines: give a token with --token-file (or ORCHESTRATOR_TOKEN_FILE), which every client then needs too", nameof(publicUrl));
        }
        if (IsOpen && !IsLocal)
        {
            throw new ArgumentException(
                $"the address {shown} can be reached from other machines: give a token with --token-file (or ORCHESTRATOR_TOKEN_FILE), which every client then needs too, or listen on http://127.0.0.1:PORT", nameof(listen));
        }
    }

    /// <summary>HTTP address.</summary>
    public Uri Listen { get; }

    /// <summary>The bearer token that requests must carry, or null.</summary>
    public string? Token { get; }

    /// <summary>Tokens with scopes, or null; either kind will do.</summary>
    public TokenBook? Tokens { get; }

    /// <summary>Where clients find it, if a proxy stands before it: pages of this origin are its own. Null if nobody said.</summary>
    public Uri? Public { get; }

    /// <summary>Whether everybody may do everything; a server that watches for a file of tokens is open until there is one.</summary>
    public bool IsOpen => Token is null && Tokens is not { Guards: true };

    /// <summary>What is bound: the addresses of the host's name, at <see cref="Listen"/>'s port.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; }

    /// <summary>Whether nobody but this machine can reach it.</summary>
    public bool IsLocal => Addresses.All(IPAddress.IsLoopback);

    /// <summary>Reads <c>http://HOST:PORT</c>, and the public address if there is one. Throws <see cref="ArgumentException"/> if it is something else.</summary>
    public static HttpAccess Parse(string listen, string? token, TokenBook? tokens = null, string? publicUrl = null) => Uri.TryCreate(listen, UriKind.Absolute, out var url)
        ? new HttpAccess(url, token, tokens, publicUrl is null ? null : Uri.TryCreate(publicUrl, UriKind.Absolute, out var known) ? known : throw new ArgumentException(PublicRule, nameof(publicUrl)))
        : throw new ArgumentException(listen.Contains('@', StringComparison.Ordinal) ? $"--listen: {Rule}" : $"--listen {listen}: {Rule}", nameof(listen));

    /// <summary>For logs: without the token.</summary>
    public override string ToString() => $"{Listen} ({(IsOpen ? "open" : "with a token")})";

    private static bool IsHere(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false; // this machine speaks one of the two protocols
        }
    }

    private static IPAddress[] Resolve(Uri listen)
    {
        if (IPAddress.TryParse(listen.DnsSafeHost, out var address))
        {
            return [address];
        }
        try
        {
            return listen.Host == "localhost" ? [.. Loopback.Where(IsHere)] : Dns.GetHostAddresses(listen.DnsSafeHost);
        }
        catch (SocketException unknown)
        {
            throw new ArgumentException($"--listen: the host '{listen.Host}' is no name of this machine ({unknown.Message}): give an IP address such as 127.0.0.1", nameof(listen), unknown);
        }
    }
}
