using System.CommandLine;
using System.Globalization;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Output;
using Orchestrator.Cli.Sweeps;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Results;

/// <summary><c>results rebuild</c>: makes the Parquet projection of a sweep again.</summary>
internal sealed class ResultsRebuildVerb : Verb
{
    private const double Megabyte = 1e6;

    private readonly Argument<string> _sweep = SweepArguments.Id();

    public ResultsRebuildVerb(CliServices services) : base(
        services, "rebuild", "Makes the Parquet files that queries read again from the stored metrics; they are a copy, and a damaged one is found and made again by itself",
        "results rebuild last # the files of the newest sweep") => Add(_sweep);

    protected override async Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        await using var connection = await Locate(arguments).ForChanging(cancellation);
        var made = await connection.Client.RebuildResults(arguments.GetRequiredValue(_sweep), cancellation);
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(made);
        }
        else
        {
            var rows = made.Rows.Count == 0 ? "no rows" : string.Join(", ", made.Rows.Select(table => string.Create(CultureInfo.InvariantCulture, $"{table.Value:N0} {table.Key}")));
            Terminal.Line(string.Create(
                CultureInfo.InvariantCulture, $"sweep {Format.Id(made.Sweep)}: {rows}; {made.Bytes / Megabyte:0.0} MB in {Format.Several(made.Segments, "segment")}, in {made.Seconds:0.0} s"));
        }
        return ExitCode.Done;
    }
}
