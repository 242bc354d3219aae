using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts;
using Orchestrator.Storage.Documents;

namespace Orchestrator.Results.Projection;

/// <summary>The projections of all sweeps, as any process last wrote them.</summary>
internal sealed partial class ProjectionBook(ISharedDocuments documents, ILogger<ProjectionBook> log)
{
    private const string Kind = "projection";

    /// <summary>The projections of sweeps in their order; null where there is none that can be read.</summary>
    public async Task<IReadOnlyList<Entry?>> Read(IReadOnlyList<string> sweeps) =>
        [.. (await documents.Read(Kind, sweeps)).Select((document, i) => document is null ? null : new Entry(document, Parse(sweeps[i], document.Content)))];

    /// <summary>The projection of one sweep.</summary>
    public async Task<Entry?> Read(string sweep) => (await Read([sweep]))[0];

    /// <summary>Writes a projection in the place of what was read; false if another process was first.</summary>
    public Task<bool> Replace(string sweep, Entry? read, SweepProjection projection) =>
        documents.Replace(Kind, sweep, read?.Document, JsonSerializer.SerializeToUtf8Bytes(projection, Json.Options));

    private SweepProjection? Parse(string sweep, byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<SweepProjection>(content, Json.Options);
        }
        catch (JsonException wrong)
        {
            Unreadable(log, sweep, wrong.Message);
            return null;
        }
    }

    /// <summary>What was read: the document, and the projection if this version can read it.</summary>
    internal sealed record Entry(SharedDocument Document, SweepProjection? Projection);

    [LoggerMessage(1, LogLevel.Warning, "the projection of sweep {Sweep} cannot be read and is made again: {Reason}")]
    private static partial void Unreadable(ILogger log, string sweep, string reason);
}
