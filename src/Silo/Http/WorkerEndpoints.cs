using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Contracts.Api;
using Orchestrator.Messaging;
using Orchestrator.Silo.Http.Access;
using Orchestrator.Storage;

namespace Orchestrator.Silo.Http;

/// <summary>Workers, queues, version and health over HTTP.</summary>
internal static class WorkerEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void MapWorkers(this IEndpointRouteBuilder routes)
    {
        routes.MapRead("/workers", async Task<Ok<IReadOnlyList<WorkerSummary>>> (ISweepControl control) =>
            TypedResults.Ok(await control.Workers())).WithTags("Workers").WithSummary("Connected workers, their devices and slots.");
        routes.MapRead("/queues", Ok<IReadOnlyList<QueueSummary>> (IQueueDepths depths) =>
            TypedResults.Ok<IReadOnlyList<QueueSummary>>([.. depths.Queues.Where(queue => queue.Exists).Select(queue => new QueueSummary(queue.Name, queue.Messages, queue.Consumers, queue.SetAside))])).WithTags("Workers").WithSummary("Queues of the broker and what waits in them.");
        routes.MapRead("/version", () => TypedResults.Ok(VersionInfo.Current)).WithTags("Version").WithSummary("Versions of the program, its trainer and its metrics.");
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapRead("/health/live", () => TypedResults.Ok("live")).WithTags("Health").WithSummary("Whether the server runs.").Open();
        routes.MapRead("/health/ready", Ready).WithTags("Health").Open();
    }

    /// <summary>Whether the server is ready: it sees what it writes to the database, its grains answer, and it consumes what is sent to it.</summary>
    internal static async Task<Results<Ok<string>, ProblemHttpResult>> Ready(ISweepControl control, IDatabaseHealth database, IBusHealth bus, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(database.Check(cancellation), control.Workers()).WaitAsync(Patience, time, cancellation);
        }
        catch (Exception wrong) when (!cancellation.IsCancellationRequested)
        {
            return NotReady(wrong is TimeoutException ? $"the database or the grains did not answer within {Patience.TotalSeconds:0} s" : wrong.Message);
        }
        return bus.Up ? TypedResults.Ok("ready") : NotReady("the broker is away, or the consumer of this silo is");
    }

    private static ProblemHttpResult NotReady(string reason) => TypedResults.Problem(reason, statusCode: StatusCodes.Status503ServiceUnavailable, title: "Not ready");
}
