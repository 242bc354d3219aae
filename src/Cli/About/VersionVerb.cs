using System.CommandLine;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Contracts.Api;

namespace Orchestrator.Cli.About;

/// <summary><c>version</c>: what this build is; asks no server.</summary>
internal sealed class VersionVerb(CliServices services) : Verb(
    services, "version", "Prints the version of this build and of what it speaks",
    "version # release, trainer, metrics, protocol",
    "version --json # the same as one JSON document")
{
    protected override Task<int> Run(ParseResult arguments, CancellationToken cancellation)
    {
        var version = VersionInfo.Current;
        if (arguments.WantsJson())
        {
            Terminal.WriteJson(version);
        }
        else
        {
            Terminal.Line($"orchestrator {version.Product} (trainer {version.Trainer}, metrics {version.Metrics}, protocol {version.Protocol})");
        }
        return Task.FromResult(ExitCode.Done);
    }
}
