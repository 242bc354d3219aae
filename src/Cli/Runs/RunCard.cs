using System.Text.Json;
using Orchestrator.Cli.Output;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Runs;

/// <summary>One run on one screen.</summary>
internal static class RunCard
{
    public static void Print(Terminal terminal, RunDetail run)
    {
        terminal.Line($"run        {run.Id}");
        terminal.Line($"sweep      {run.Sweep}, run {run.Index}");
        terminal.Line($"state      {Format.State(run.State)}{(run.Reason is { } reason ? $": {reason}" : "")}");
        terminal.Line($"steps      {run.Steps} of {run.FinalStep}");
        terminal.Line($"loss       {Format.Score(run.FinalLoss)} {run.Config.Model.LossUnit}");
        if (run.Config.Model.HeadsPerLayer > 0)
        {
            terminal.Line($"prefix     {Format.Score(run.PrefixMatchingMax)} {MetricTable.Find(MetricTable.Results, MetricTable.PrefixMatchingMax)!.Meaning}");
        }
        terminal.Line($"weights    {run.WeightsHash ?? Format.Nothing}");
        terminal.Line($"config     {JsonSerializer.Serialize(run.Config, Json.Options)}");
        if (run.TraceUrl is { } trace)
        {
            terminal.Line($"trace      {trace}");
        }
        if (run.Attempts is { Count: > 0 } attempts)
        {
            terminal.Line();
            terminal.Print(
                [new("attempt"), new("worker", true), new("started (UTC)", true), new("ended (UTC)", true), new("CPU kernels", true), new("device", true), new("pack"), new("outcome", true)],
                attempts.Select(attempt => new[]
                {
                    Format.Whole(attempt.Attempt), attempt.Worker ?? Format.Nothing, Format.Time(attempt.Started), Format.Time(attempt.Ended), attempt.CpuKernels ?? Format.Nothing,
                    attempt.Pack?.Device ?? Format.Nothing, attempt.Pack is { } pack ? Format.Whole(pack.Models) : Format.Nothing, (attempt.Outcome ?? "open") + (attempt.OnlyMeasured ? ", only measured" : ""),
                }));
        }
    }
}
