namespace Orchestrator.Contracts.Api;

/// <summary>Whether a server wants a token, and whether whoever asks has one.</summary>
/// <param name="Needed">Whether it wants one.</param>
/// <param name="SignedIn">Whether this request had it.</param>
public sealed record Session(bool Needed, bool SignedIn);

/// <summary>Begins a browser's session.</summary>
/// <param name="Token">The server's token.</param>
public sealed record SessionRequest(string? Token);

/// <summary>Something changed: views that show one of these sweeps ask again.</summary>
/// <param name="Sweeps">Ids of sweeps; null for all of them, where it is not known which.</param>
public sealed record ChangeEvent(IReadOnlyList<string>? Sweeps);
