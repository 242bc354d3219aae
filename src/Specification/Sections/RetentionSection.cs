using System.Text.Json.Nodes;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary><c>retention</c>: how many checkpoints of an open run are kept, and whether a completed run keeps them.</summary>
internal static class RetentionSection
{
    public const string Path = "retention";

    private const int Most = 1_000;
    private const string Newest = "checkpoints";
    private const string Completed = "completed";

    public static CheckpointRetention? Read(Node node, Findings findings)
    {
        if (Section.Open(node, Path, findings) is not { } section)
        {
            return null;
        }
        var newest = section.Integer(Newest, 1, Most, new CheckpointRetention().Newest);
        var completed = section.Choice(Completed, Fate.Delete);
        section.Close();
        return (newest, completed) is ({ } count, { } fate) ? new CheckpointRetention { Newest = count, KeepCompleted = fate == Fate.Keep } : null;
    }

    public static JsonObject Write(CheckpointRetention retention) => new()
    {
        [Newest] = retention.Newest,
        [Completed] = retention.KeepCompleted ? "keep" : "delete",
    };

    private enum Fate
    {
        Delete,
        Keep,
    }
}
