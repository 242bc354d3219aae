using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Orchestrator.Contracts.Api;
using Orchestrator.Tests.Serving;
using Answers = Microsoft.AspNetCore.Http.Results;

namespace Orchestrator.Cli.Tests.Serving;

/// <summary>A control plane with one sweep, which ends after a few looks at its progress.</summary>
internal sealed class FakeControlPlane
{
    private int _looks;
    private int _logLooks;

    /// <summary>Looks at the progress until the sweep ends.</summary>
    public int LooksToEnd { get; init; } = 2;

    /// <summary>What the sweep comes to.</summary>
    public SweepResult Result { get; init; } = Samples.Result;

    /// <summary>Called on every look at the progress.</summary>
    public Action<int> Looked { get; init; } = _ => { };

    /// <summary>Status of every answer under /api, or null for the real ones.</summary>
    public int? Refusal { get; init; }

    public ConcurrentQueue<string> Requests { get; } = [];

    public ConcurrentDictionary<string, byte[]> Files { get; } = [];

    public ConcurrentQueue<string> Submitted { get; } = [];

    /// <summary>Weights of the run's snapshots, by step.</summary>
    public IReadOnlyDictionary<int, string> Weights { get; init; } = new Dictionary<int, string> { [0] = "weights at 0", [120] = "weights at 120", [300] = "weights at 300" };

    /// <summary>Appended to every artifact.</summary>
    public string Damage { get; set; } = "";

    public Task<TestServer> Start(int port = 0) => TestServer.Start(Map, port);

    private void Map(WebApplication routes)
    {
        routes.Use(async (context, next) =>
        {
            Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
            if (Refusal is { } status && context.Request.Path != "/api/v1/version")
            {
                await Answers.Problem(statusCode: status, title: "refused", detail: "the rule and the fix").ExecuteAsync(context);
                return;
            }
            await next(context);
        });
        routes.MapGet("/api/v1/version", () => VersionInfo.Current);
        routes.MapGet("/api/v1/workers", () => new[] { Samples.Worker });
        routes.MapGet("/api/v1/sweeps", () => new[] { Samples.Summary });
        routes.MapPost("/api/v1/sweeps", (SubmitRequest request) =>
        {
            Submitted.Enqueue(request.Document!.ToJsonString());
            return new SubmitResult(Samples.SweepId, "induction-by-depth", Samples.Counts, true);
        });
        routes.MapPost("/api/v1/plan", (SubmitRequest request) => Samples.Plan);
        routes.MapGet("/api/v1/query", (string sql) => Answers.Text($"the answer to {sql}"));
        routes.MapGet("/api/v1/sweeps/{id}", (string id) => IsKnown(id) ? Answers.Json(Result, Contracts.Json.Options) : Unknown(id));
        routes.MapGet("/api/v1/sweeps/{id}/progress", (string id) => IsKnown(id) ? Answers.Json(Progress(), Contracts.Json.Options) : Unknown(id));
        routes.MapGet("/api/v1/sweeps/{id}/trajectory", (string id) => Samples.Trajectory);
        routes.MapGet("/api/v1/sweeps/{id}/findings", (string id) => Answers.Json(SampleFindings.Of(Result), Contracts.Json.Options));
        routes.MapGet("/api/v1/runs/{id}/patterns", (string id) => new[] { (0, 0), (1, 0) }.Select(head => new PatternPicture(id, 300, head.Item1, head.Item2, [1, 2], [255, 0, 64, 191], [255, 0, 64, 191])));
        routes.MapPost("/api/v1/sweeps/{id}/cancel", (string id) => Samples.Summary with { State = SweepState.Cancelled });
        routes.MapPost("/api/v1/sweeps/{id}/projection", (string id) =>
            new RebuildResult(Samples.SweepId, 2, new Dictionary<string, long> { ["heads"] = 12_000, ["curves"] = 2_000 }, 3_400_000, 1.25));
        routes.MapPost("/api/v1/sweeps/{id}/measure", (string id, MeasureRequest request) =>
            new MeasureResult(Samples.SweepId, "induction-by-depth", SweepState.Running, 10, [Contracts.Metrics.Measure.Heads, .. (request.Measures ?? []).Select(_ => Contracts.Metrics.Measure.Terms)]));
        routes.MapGet("/api/v1/sweeps/{id}/runs", (string id) => new[] { Samples.Run with { Attempts = null }, Samples.FailedRun });
        routes.MapGet("/api/v1/sweeps/{id}/heads", (string id, string? group_by) => group_by switch
        {
            null => Answers.Json(Samples.Heads, Contracts.Json.Options),
            "model.layers" => Answers.Json(Samples.Result, Contracts.Json.Options),
            "layer,role" => Answers.Json(Samples.HeadGroups with { Pooled = ["model.layers", "data.seed"] }, Contracts.Json.Options),
            _ => Answers.Json(Samples.HeadGroups, Contracts.Json.Options),
        });
        routes.MapGet("/api/v1/runs/{id}", (string id) => Samples.Run);
        routes.MapGet("/api/v1/runs/{id}/snapshots", (string id) => Weights.OrderBy(w => w.Key).Select(w => new RunSnapshot(w.Key, Hash(w.Value))));
        routes.MapGet("/api/v1/runs/{id}/artifacts/{hash}", (string id, string hash) => Answers.Text(Weights.Values.Single(w => Hash(w) == hash) + Damage));
        routes.MapGet("/api/v1/runs/{id}/logs", (string id) => Samples.Logs.Take(Math.Max(2, Interlocked.Increment(ref _logLooks))));
        routes.MapPost("/api/v1/runs/{id}/cancel", (string id) => Samples.Run with { State = Contracts.Runs.RunState.Cancelled, Steps = 120 });
        routes.MapMethods("/api/v1/files/{hash}", ["HEAD"], (string hash) => Files.ContainsKey(hash) ? Answers.Ok() : Answers.NotFound());
        routes.MapPut("/api/v1/files/{hash}", async (string hash, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            Files[hash] = body.ToArray();
            return Answers.NoContent();
        });
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private SweepProgress Progress()
    {
        var look = Interlocked.Increment(ref _looks);
        Looked(look);
        if (look >= LooksToEnd)
        {
            return Samples.Progress with { Sweep = Result.Sweep };
        }
        return Samples.Progress with
        {
            Sweep = Samples.Head with { State = SweepState.Running, Runs = new() { Total = 10, Completed = 2, Training = 2, Pending = 6 } },
            Groups = [.. Samples.Progress.Groups.Select(group => group with { Completed = 1, Failed = 0, StepsDone = 600 })],
            SecondsLeft = 3.2,
        };
    }

    private static bool IsKnown(string id) => id == "last" || Samples.SweepId.StartsWith(id, StringComparison.Ordinal);

    private static IResult Unknown(string id) => Answers.Problem(statusCode: 404, title: "no such sweep", detail: $"'{id}' names no sweep: see sweep list");
}
