using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Platform.Files;

namespace Orchestrator.Silo.Http.Access;

/// <summary>What a token allows; each allows what those before it do.</summary>
public enum TokenScope
{
    /// <summary>Everything that changes nothing.</summary>
    Read,
    /// <summary>Starting, measuring and ending sweeps and runs.</summary>
    Submit,
    /// <summary>Everything.</summary>
    Admin,
}

/// <summary>A token as it is kept: without the token.</summary>
/// <param name="Name">Who or what it was made for: lower-case letters, digits and dashes.</param>
/// <param name="Scope">What it allows.</param>
/// <param name="Sha256">SHA-256 of the token.</param>
/// <param name="Created">When it was made.</param>
public sealed record TokenEntry(string Name, TokenScope Scope, string Sha256, DateTimeOffset Created);

/// <summary>
/// The tokens of a server, in a file that holds their hashes alone. It is looked at again when it was written, so that a token that is made or revoked counts
/// at once; several silos share it as they share a secret.
/// </summary>
/// <param name="path">Where it is.</param>
/// <param name="onceMade">Whether a server is open until there is such a file; else it is closed before.</param>
public sealed class TokenBook(string path, bool onceMade = false)
{
    private readonly Lock _gate = new();
    private volatile bool _guards = !onceMade;
    private (DateTime Written, long Length, IReadOnlyList<TokenEntry> Entries)? _read;

    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>Whether a server wants a token of these: from when the file is first seen, and on after it was deleted, or from the start.</summary>
    public bool Guards => _guards || (_guards = File.Exists(Path));

    /// <summary>Every token, oldest first. Throws <see cref="IOException"/> if the file is there and cannot be read.</summary>
    public IReadOnlyList<TokenEntry> Entries()
    {
        lock (_gate)
        {
            var file = new FileInfo(Path);
            if (!file.Exists)
            {
                return [];
            }
            if (_read is { } known && known.Written == file.LastWriteTimeUtc && known.Length == file.Length)
            {
                return known.Entries;
            }
            try
            {
                var entries = JsonSerializer.Deserialize<IReadOnlyList<TokenEntry>>(File.ReadAllText(Path), Json.Options) ?? [];
                _read = (file.LastWriteTimeUtc, file.Length, entries);
                return entries;
            }
            catch (JsonException wrong)
            {
                throw new IOException($"{Path} holds no tokens: {wrong.Message} Make it anew with './orchestrator token create'.", wrong);
            }
        }
    }

    /// <summary>Makes a token and returns it; it is not kept and cannot be shown again. Throws <see cref="ArgumentException"/> if the name is taken or no name.</summary>
    public string Create(string name, TokenScope scope, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 64 || name.Any(letter => letter is not (>= 'a' and <= 'z' or >= '0' and <= '9' or '-')))
        {
            throw new ArgumentException($"'{name}' is no name for a token: use lower-case letters, digits and dashes");
        }
        if (Entries().Any(entry => entry.Name == name))
        {
            throw new ArgumentException($"there is a token '{name}' already: revoke it, or use another name");
        }
        var token = "orc_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        Write([.. Entries(), new TokenEntry(name, scope, Hash(token), now)]);
        return token;
    }

    /// <summary>Ends a token, and the sessions that were begun with it; false if there is none of that name.</summary>
    public bool Revoke(string name)
    {
        var left = Entries().Where(entry => entry.Name != name).ToList();
        if (left.Count == Entries().Count)
        {
            return false;
        }
        Write(left);
        return true;
    }

    /// <summary>Whose token this is, or null.</summary>
    internal TokenEntry? Find(string token)
    {
        var hash = Encoding.ASCII.GetBytes(Hash(token));
        TokenEntry? found = null;
        foreach (var entry in Entries()) // all of them: how long it takes tells nothing
        {
            found = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(entry.Sha256), hash) ? entry : found;
        }
        return found;
    }

    internal static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private void Write(IReadOnlyList<TokenEntry> entries)
    {
        lock (_gate)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
            var temporary = $"{Path}.{Environment.ProcessId}.new";
            using (var file = PrivateFile.Create(temporary))
            {
                JsonSerializer.Serialize(file, entries, Json.Indented);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, Path, overwrite: true);
            _read = null;
        }
    }
}
