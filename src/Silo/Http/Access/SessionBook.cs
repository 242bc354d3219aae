using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Silo.Http.Access;

/// <summary>A token that was shown: whose it is, what it allows, and its hash.</summary>
internal sealed record Grant(string Name, TokenScope Scope, string Sha256)
{
    /// <summary>As the audit names it.</summary>
    public string Who => Name.Length == 0 ? "the token" : $"token {Name}";
}

/// <summary>
/// The sessions of browsers. One is its end, its token's name, an id and a signature over these and the token's hash: nothing is stored, and it ends with the
/// token. What signs is known to no file: a random key of this process, so that its end signs everybody out. Silos of a cluster that have the same single token
/// take a key that is made of that, so that each knows the sessions of the others; without one a session holds at the silo where it was begun. A session that was
/// ended is remembered where it was ended until it would have expired.
/// </summary>
internal sealed class SessionBook(HttpAccess access, ControlPlanePlace place, TimeProvider time)
{
    /// <summary>How long one holds at most.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromHours(12);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _ended = new();
    private readonly byte[] _key = place.Shared && access.Token is { } token
        ? HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), "sessions of browsers"u8)
        : RandomNumberGenerator.GetBytes(32);

    /// <summary>Begins one, as the text of a cookie.</summary>
    public string Begin(Grant grant) => Sign(grant, time.GetUtcNow() + Length, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));

    /// <summary>Whose session a cookie is, or null where it is none that holds.</summary>
    public Grant? Find(string cookie) => Read(cookie) is var (grant, id, _) && !_ended.ContainsKey(id) ? grant : null;

    /// <summary>Ends one.</summary>
    public void End(string cookie)
    {
        if (Read(cookie) is not var (_, id, until))
        {
            return;
        }
        foreach (var (old, end) in _ended)
        {
            if (end <= time.GetUtcNow())
            {
                _ended.TryRemove(old, out _);
            }
        }
        _ended[id] = until;
    }

    private (Grant Grant, string Id, DateTimeOffset Until)? Read(string cookie)
    {
        if (cookie.Split('.') is not [var end, var name, var id, _] || !long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return null;
        }
        var (now, until) = (time.GetUtcNow(), DateTimeOffset.FromUnixTimeSeconds(seconds));
        return now < until && until <= now + Length && Named(name) is { } grant && Access.Same(cookie, Sign(grant, until, id)) ? (grant, id, until) : null;
    }

    private Grant? Named(string name) =>
        name.Length == 0 ? access.Token is { } only ? new Grant("", TokenScope.Admin, TokenBook.Hash(only)) : null
        : access.Tokens?.Entries().FirstOrDefault(entry => entry.Name == name) is { } entry ? new Grant(entry.Name, entry.Scope, entry.Sha256)
        : null;

    private string Sign(Grant grant, DateTimeOffset until, string id)
    {
        var said = $"{until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}.{grant.Name}.{id}";
        return $"{said}.{Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{said}.{grant.Sha256}")))}";
    }
}
