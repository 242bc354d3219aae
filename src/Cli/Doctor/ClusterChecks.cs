using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Messaging;
using Orchestrator.Messaging.RabbitMq;
using Orchestrator.Storage;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Cli.Doctor;

/// <summary>What a cluster stands on, as its settings name it: broker, database, artifact store. Nothing that is found holds a password.</summary>
internal static class ClusterChecks
{
    private const string Broker = "broker";
    private const string Queues = "queues";
    private const string Database = "database";
    private const string Clock = "clock";
    private const string Artifacts = "artifacts";
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(2);

    /// <summary>The broker, and its queues one by one.</summary>
    public static async Task<IReadOnlyList<Finding>> OfBroker(string address, CancellationToken cancellation)
    {
        try
        {
            var broker = BrokerOptions.Parse(address);
            var status = await new BrokerLook(broker).Look([], cancellation);
            return [Finding.Ok(Broker, $"{broker} answers, version {status.Version}"), .. status.Queues.Select(Of)];
        }
        catch (BrokerException wrong)
        {
            return [Finding.Problem(Broker, wrong.Message, "start the broker, or mend --rabbitmq (or ORCHESTRATOR_RABBITMQ)")];
        }
    }

    /// <summary>The database, its schema, and its clock beside this machine's.</summary>
    public static async Task<IReadOnlyList<Finding>> OfDatabase(string connection, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            var before = time.GetUtcNow();
            var status = await DatabaseHealth.LookAtPostgres(connection, cancellation);
            return [Of(status), Compare(status.Now, before, time.GetUtcNow())];
        }
        catch (StorageException wrong)
        {
            return [Finding.Problem(Database, wrong.Message, "start the database, or mend --postgres (or ORCHESTRATOR_POSTGRES)")];
        }
    }

    /// <summary>Whether this machine writes to the artifact store, reads what it wrote, and removes it.</summary>
    public static async Task<Finding> OfArtifacts(string address, string? endpoint, CancellationToken cancellation)
    {
        try
        {
            await using var services = new ServiceCollection().AddArtifacts(ArtifactAddress.Parse(address, endpoint)).BuildServiceProvider();
            await services.GetRequiredService<IArtifactStore>().Try(cancellation);
            return Finding.Ok(Artifacts, $"{address} can be written and read");
        }
        catch (Exception wrong) when (wrong is ArtifactException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Finding.Problem(Artifacts, $"{address} cannot be used: {wrong.Message}", "mount it, mend its permissions, or mend --artifacts (or ORCHESTRATOR_ARTIFACTS)");
        }
    }

    /// <summary>How a clock stands to this machine's, from one question and its answer.</summary>
    internal static Finding Compare(DateTimeOffset theirs, DateTimeOffset before, DateTimeOffset after)
    {
        var off = theirs - (before + (after - before) / 2);
        var detail = $"the database's clock is {Math.Abs(off.TotalSeconds).ToString("F3", CultureInfo.InvariantCulture)} s {(off < TimeSpan.Zero ? "behind" : "ahead of")} this machine's (asked within {(after - before).TotalSeconds.ToString("F3", CultureInfo.InvariantCulture)} s)";
        return off.Duration() <= Apart + (after - before)
            ? Finding.Ok(Clock, detail)
            : Finding.Warning(Clock, detail, "run a time service (chrony, systemd-timesyncd) on both: times in tables and logs are those of the machine that wrote them");
    }

    private static Finding Of(QueueStatus queue) => queue switch
    {
        { Foreign: { } why } => Finding.Problem(Queues, $"{queue.Name} is another queue than this program makes: {why}", "give the cluster a virtual host of its own, or delete the queue if nobody needs it"),
        { SetAside: true, Messages: > 0 } => Finding.Warning(
            Queues, $"{queue.Name}: {queue.Messages} messages were set aside, because nobody could read them or their consumer failed", "see the logs of silos and workers for the reason and whether all run one release; then purge the queue: nothing waits for what is in it"),
        { Exists: false } => Finding.Warning(Queues, $"{queue.Name} is not there", "start a silo or a worker: they make what is missing"),
        { Messages: > 0, Consumers: 0 } => Finding.Warning(Queues, Depth(queue), queue.Name == "control" ? "start a silo" : $"start a worker with --device {queue.Name.Split('.')[^1]}"),
        _ => Finding.Ok(Queues, Depth(queue)),
    };

    private static string Depth(QueueStatus queue) => $"{queue.Name}: {queue.Messages} messages wait, {queue.Consumers} consumers";

    private static Finding Of(DatabaseStatus status)
    {
        var detail = $"{status.Name} answers, version {status.Version}, schema version {status.Schema}";
        return status switch
        {
            { Schema: 0 } => Finding.Warning(Database, $"{status.Name} answers, version {status.Version}, and is empty", "start a silo: it makes the tables"),
            _ when status.Schema > status.KnownSchema => Finding.Problem(Database, $"{detail}, but this build knows versions up to {status.KnownSchema}", "install the release that the silos run"),
            _ when status.Schema < status.KnownSchema => Finding.Warning(Database, $"{detail}; this build brings {status.KnownSchema}", "the next silo of this build that starts migrates it"),
            _ => Finding.Ok(Database, detail),
        };
    }
}
