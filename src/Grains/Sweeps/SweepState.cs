using System.Text.Json.Serialization;
using Orchestrator.Contracts.Api;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.States;

namespace Orchestrator.Grains.Sweeps;

/// <summary>What is durable about a sweep. Where its runs stand is derived from their rows.</summary>
public sealed class SweepRecord : IListed, IUnreadable
{
    /// <summary>The sweep's id.</summary>
    public string Id { get; set; } = "";
    /// <summary>The resolved specification as JSON, with the measures that were added since; empty if nobody has submitted the sweep.</summary>
    public string Document { get; set; } = "";
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";
    /// <summary>Where it stands.</summary>
    public SweepState State { get; set; }
    /// <summary>Why it ended, if it did not complete.</summary>
    public string? Reason { get; set; }
    /// <summary>Higher goes first.</summary>
    public int Priority { get; set; }
    /// <summary>Runs it expands to.</summary>
    public int TotalRuns { get; set; }
    /// <summary>When it was submitted.</summary>
    public DateTimeOffset Created { get; set; }
    /// <summary>When it ended.</summary>
    public DateTimeOffset? Ended { get; set; }
    /// <summary>How the sweep stood when it was asked to measure again; null if it was not, or has done so.</summary>
    public SweepEnding? Before { get; set; }
    /// <summary>Trace of the command that submitted it; every run's trace links to it.</summary>
    public string? TraceParent { get; set; }

    /// <summary>Rows of runs that cannot be read, and so list nothing themselves.</summary>
    public List<RunRow> SetAside { get; set; } = [];

    /// <inheritdoc/>
    [JsonIgnore]
    public string? Unreadable { get; set; }

    /// <inheritdoc/>
    public void Collect(RowSet rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        rows.Sweeps.Add(new SweepRow(Id, Name, State, Reason, Priority, TotalRuns, Created, Ended, Document));
        rows.Runs.AddRange(SetAside);
    }
}

/// <summary>How and when a sweep ended; or that it had not.</summary>
public sealed record SweepEnding(SweepState State, string? Reason, DateTimeOffset? Ended);
