using System.Text.Json;

namespace Orchestrator.Storage;

/// <summary>Settings that both back ends share.</summary>
public sealed class StorageOptions
{
    /// <summary>
    /// How grain states become JSON. The project's dialect by default; give it options with a source-generated
    /// <see cref="JsonSerializerOptions.TypeInfoResolver"/> to keep reflection out.
    /// </summary>
    public JsonSerializerOptions Json { get; set; } = Contracts.Json.Options;

    /// <summary>Most writes that share a transaction (and most reads that share a round trip).</summary>
    public int BatchLimit { get; set; } = 512;

    /// <summary>Bytes of state and facts after which a transaction takes no further write.</summary>
    public int BatchBytes { get; set; } = 8 << 20;
}
