using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Tests.States;

public sealed class Note
{
    public string Text { get; set; } = "";
    public int Number { get; set; }
}

/// <summary>A state that lists a run whose attempt is its number, and a fact per write.</summary>
public sealed class Counter : IListed
{
    public string Sweep { get; set; } = "s";
    public int Index { get; set; }
    public int Number { get; set; }

    public string RunId => $"{Sweep}-{Index:D4}";

    public void Collect(RowSet rows)
    {
        rows.Runs.Add(new RunRow { SweepId = Sweep, Index = Index, RunId = RunId, State = RunState.Completed, Attempt = Number });
        rows.Facts.Add(new FactRow(RunId, Number, 1, [Measure.Heads], Number, "weights", BitConverter.GetBytes(Number)));
    }
}

/// <summary>A state that lists exactly what it is given.</summary>
public sealed class Listing : IListed
{
    [System.Text.Json.Serialization.JsonIgnore]
    public Action<RowSet> Rows { get; set; } = _ => { };

    public void Collect(RowSet rows) => Rows(rows);
}
