using Orchestrator.Cli.CommandLine;
using Orchestrator.Specification;

namespace Orchestrator.Cli.Sweeps;

/// <inheritdoc/>
internal sealed class SweepFiles : ISweepFiles
{
    public LoadedSweep Load(string path, CancellationToken cancellation)
    {
        var reading = SweepFile.Load(path, cancellation);
        return reading.Succeeded
            ? new LoadedSweep(reading.Value.Json, [.. reading.Value.Texts.Select(text => new LocalFile(text.Path, text.Sha256))])
            : throw new CliException(ExitCode.Usage, reading.Message);
    }
}
