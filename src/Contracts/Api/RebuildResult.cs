namespace Orchestrator.Contracts.Api;

/// <summary>The Parquet projection of a sweep, made again from its facts.</summary>
/// <param name="Sweep">The sweep's id.</param>
/// <param name="Segments">Segments that it has now.</param>
/// <param name="Rows">Rows by table.</param>
/// <param name="Bytes">Length of its files.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record RebuildResult(string Sweep, int Segments, IReadOnlyDictionary<string, long> Rows, long Bytes, double Seconds);
