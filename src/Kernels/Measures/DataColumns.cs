using Orchestrator.Contracts.Metrics;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>Columns that are means over the sequences of one evaluation batch, which is gone through in parts. All of them are summed as one table.</summary>
internal sealed class DataColumns(MetricColumns columns)
{
    private readonly SequenceSums _sums = new();
    private IReadOnlyList<(string Section, string Column, long Width)> _table = [];     // the same in every part

    /// <summary>Adds what one part of the sequences says. Call in the part's own dispose scope.</summary>
    public void Add(MeasuredPart part)
    {
        if (part.Values is [])
        {
            return;
        }
        _table = [.. part.Values.Select(value => (value.Section, value.Column, value.Each.Sums.shape[2]))];
        var sums = cat([.. part.Values.Select(value => value.Each.Sums)], 2);                                     // [S, batch, all columns]
        var counts = ones([sums.shape[1], sums.shape[2]], ScalarType.Float64, sums.device);                       // [batch, all columns]
        var first = 0L;
        foreach (var (_, _, each) in part.Values)
        {
            if (each.Counts is { } own)
            {
                counts.narrow(1, first, each.Sums.shape[2]).copy_(own.unsqueeze(1));
            }
            first += each.Sums.shape[2];
        }
        _sums.Add(sums, counts);
    }

    /// <summary>Sets the columns from all parts, and returns the mean of each, asked for or not [S, ...].</summary>
    public IReadOnlyDictionary<(string Section, string Column), Tensor> Finish()
    {
        Dictionary<(string, string), Tensor> means = [];
        if (_table is [])
        {
            return means;
        }
        var (mean, error, first) = (_sums.Mean(), _sums.Error(), 0L);
        foreach (var (section, column, width) in _table)
        {
            means[(section, column)] = mean.narrow(1, first, width);
            columns.Set(section, column, mean.narrow(1, first, width));
            columns.Set(section, Metric.ErrorOf(column), error.narrow(1, first, width));
            first += width;
        }
        return means;
    }
}
