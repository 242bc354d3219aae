using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Backends;

/// <summary>Names one stored state. Nothing in it is the name of a CLR type, so that code can be renamed.</summary>
internal readonly record struct StateKey(string GrainType, string GrainKey, string StateName)
{
    public override string ToString() => $"'{StateName}' of {GrainType}/{GrainKey}";
}

/// <summary>One write, decided by the version that is stored at that moment.</summary>
/// <param name="Key">Which state.</param>
/// <param name="Expected">The version that must be stored; null if none must be.</param>
/// <param name="Next">The version that is stored after it.</param>
/// <param name="Payload">The state as JSON in UTF-8; null removes the state.</param>
/// <param name="Rows">Rows that are written if, and only if, the state is.</param>
internal sealed record StateWrite(StateKey Key, long? Expected, long Next, byte[]? Payload, RowSet? Rows)
{
    /// <summary>About how many bytes this adds to a transaction.</summary>
    public int Bytes { get; } = 256 + (Payload?.Length ?? 0) + (Rows is null ? 0 : 256 * Rows.Runs.Count + Rows.Facts.Sum(f => 256 + f.Values.Length));
}

/// <summary>A stored state.</summary>
internal sealed record StoredState(StateKey Key, long Version, byte[] Payload);
