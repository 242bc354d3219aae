using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Storage.Bench;

/// <summary>A state of about 500 bytes of JSON, as the anchors had it.</summary>
internal sealed class Plain
{
    public int Number { get; set; }
    public string Text { get; set; } = new('x', 470);
}

/// <summary>A run's state that lists its row and, at each write, vectors of 24 heads × 6 metrics for as many steps as asked.</summary>
internal sealed class Measured : IListed
{
    public const int Heads = 24;
    private static readonly byte[] Vector = new byte[Heads * 6 * sizeof(float)];
    private static readonly Measure[] Measures = [Measure.Heads];

    public int Number { get; set; }
    public int Index { get; set; }
    public int Vectors { get; set; }
    public string Text { get; set; } = new('x', 470);

    public void Collect(RowSet rows)
    {
        var run = $"{Index:x32}";
        rows.Runs.Add(new RunRow { SweepId = "bench", Index = Index, RunId = run, State = RunState.Completed, Attempt = 1 });
        for (var i = 0; i < Vectors; i++)
        {
            rows.Facts.Add(new FactRow(run, Number * Vectors + i, 1, Measures, 1, "0000000000000000000000000000000000000000000000000000000000000000", Vector));
        }
    }
}
