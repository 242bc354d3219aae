using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Tests.Serving;

namespace Orchestrator.Client.Tests;

public sealed class OrchestratorClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_read_asks_its_route_and_brings_the_document_back_whole()
    {
        var asked = new ConcurrentQueue<string>();
        await using var server = await TestServer.Start(routes =>
        {
            routes.Use(next => context =>
            {
                asked.Enqueue($"{context.Request.Method} {context.Request.GetEncodedPathAndQuery()}");
                return next(context);
            });
            routes.MapGet("/api/v1/sweeps", () => new[] { Samples.Summary });
            routes.MapGet("/api/v1/sweeps/{id}", (string id) => Samples.Result);
            routes.MapGet("/api/v1/sweeps/{id}/progress", (string id) => Samples.Progress);
            routes.MapGet("/api/v1/sweeps/{id}/trajectory", (string id) => Samples.Trajectory);
            routes.MapGet("/api/v1/sweeps/{id}/runs", (string id) => new[] { Samples.Run });
            routes.MapGet("/api/v1/sweeps/{id}/heads", (string id) => Samples.Heads);
            routes.MapGet("/api/v1/runs/{id}", (string id) => Samples.Run);
            routes.MapGet("/api/v1/runs/{id}/snapshots", (string id) => Samples.Snapshots);
            routes.MapGet("/api/v1/runs/{id}/logs", (string id) => Samples.Logs);
            routes.MapGet("/api/v1/workers", () => new[] { Samples.Worker });
            routes.MapGet("/api/v1/version", () => VersionInfo.Current);
        });
        using var http = OrchestratorClient.CreateHttp(server.Address, null);
        var client = new OrchestratorClient(http);

        AssertSame(new[] { Samples.Summary }, await client.ListSweeps(Cancellation));
        AssertSame(Samples.Result, await client.GetSweep("last", Cancellation));
        AssertSame(Samples.Progress, await client.GetProgress("last", Cancellation));
        AssertSame(Samples.Trajectory, await client.GetTrajectory("last", Cancellation));
        AssertSame(new[] { Samples.Run }, await client.ListRuns("5f0c", Cancellation));
        AssertSame(Samples.Run, await client.GetRun("a1b2", Cancellation));
        AssertSame(Samples.Snapshots, await client.ListSnapshots("a1b2", Cancellation));
        AssertSame(Samples.Logs, await client.GetRunLogs("a1b2", Cancellation));
        AssertSame(Samples.Heads, await client.GetHeads("last", "all", "layer > 0 and head == 1", cancellation: Cancellation));
        AssertSame(new[] { Samples.Worker }, await client.ListWorkers(Cancellation));
        AssertSame(VersionInfo.Current, await client.GetVersion(Cancellation));

        Assert.Equal(
            [
                "GET /api/v1/sweeps", "GET /api/v1/sweeps/last", "GET /api/v1/sweeps/last/progress", "GET /api/v1/sweeps/last/trajectory",
                "GET /api/v1/sweeps/5f0c/runs", "GET /api/v1/runs/a1b2", "GET /api/v1/runs/a1b2/snapshots", "GET /api/v1/runs/a1b2/logs",
                "GET /api/v1/sweeps/last/heads?at=all&where=layer%20%3E%200%20and%20head%20%3D%3D%201",
                "GET /api/v1/workers", "GET /api/v1/version",
            ],
            asked);
    }

    [Fact]
    public async Task Grouped_heads_keep_every_metric_the_server_sends()
    {
        string? query = null;
        await using var server = await TestServer.Start(routes => routes.MapGet("/api/v1/sweeps/{id}/heads", (HttpRequest request) =>
        {
            query = request.QueryString.Value;
            return Samples.HeadGroups;
        }));
        using var http = OrchestratorClient.CreateHttp(server.Address, null);

        var groups = await new OrchestratorClient(http).GetHeadGroups("last", ["model.layers", "layer"], "final", null, Cancellation);

        AssertSame(Samples.HeadGroups, groups);
        Assert.Equal(["prefix_matching", "previous_token"], groups.Groups[0].Metrics.Keys);
        Assert.Equal("?at=final&group_by=model.layers%2Clayer", query);
    }

    [Fact]
    public async Task Submissions_carry_the_document_as_it_is()
    {
        var bodies = new ConcurrentQueue<string>();
        await using var server = await TestServer.Start(routes =>
        {
            routes.MapPost("/api/v1/sweeps", (SubmitRequest request) =>
            {
                bodies.Enqueue(request.Document!.ToJsonString());
                return new SubmitResult(Samples.SweepId, "n", Samples.Counts, true);
            });
            routes.MapPost("/api/v1/plan", (SubmitRequest request) =>
            {
                bodies.Enqueue(request.Document!.ToJsonString());
                return Samples.Plan;
            });
            routes.MapPost("/api/v1/sweeps/{id}/cancel", (string id) => Samples.Summary with { Id = id });
            routes.MapPost("/api/v1/runs/{id}/cancel", (string id) => Samples.Run with { Id = id });
        });
        using var http = OrchestratorClient.CreateHttp(server.Address, null);
        var client = new OrchestratorClient(http);
        var document = JsonNode.Parse("""{"name":"n","grid":{"model.layers":[1,2]},"DModel":1.0e-2}""")!.AsObject();

        Assert.True((await client.Submit(document, Cancellation)).Created);
        Assert.Equal(10, (await client.Plan(document, Cancellation)).Runs.New);
        Assert.Equal("last", (await client.CancelSweep("last", Cancellation)).Id);
        Assert.Equal("a1", (await client.CancelRun("a1", Cancellation)).Id);

        Assert.All(bodies, body => Assert.Equal(document.ToJsonString(), body));
        Assert.Equal(2, bodies.Count);
    }

    [Fact]
    public async Task An_artifact_comes_byte_for_byte_and_other_content_than_its_hash_names_is_refused()
    {
        byte[] content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 31))];
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        var other = new string('0', 64);
        await using var server = await TestServer.Start(routes => routes.MapGet("/api/v1/runs/{id}/artifacts/{hash}", (string id, string hash) => Results.Bytes(content)));
        using var http = OrchestratorClient.CreateHttp(server.Address, null);
        using var copy = new MemoryStream();

        await new OrchestratorClient(http).DownloadArtifact("a1b2", hash, copy, Cancellation);

        Assert.Equal(content, copy.ToArray());
        var damaged = await Assert.ThrowsAsync<ServerErrorException>(() => new OrchestratorClient(http).DownloadArtifact("a1b2", other, Stream.Null, Cancellation));
        Assert.Contains($"artifact {other} of run a1b2 arrived with SHA-256 {hash}", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_uploaded_byte_for_byte_under_its_hash()
    {
        var stored = new ConcurrentDictionary<string, byte[]>();
        await using var server = await TestServer.Start(routes =>
        {
            routes.MapMethods("/api/v1/files/{hash}", ["HEAD"], (string hash) => stored.ContainsKey(hash) ? Results.Ok() : Results.NotFound());
            routes.MapPut("/api/v1/files/{hash}", async (string hash, HttpRequest request) =>
            {
                using var body = new MemoryStream();
                await request.Body.CopyToAsync(body);
                stored[hash] = body.ToArray();
                return Results.NoContent();
            });
        });
        using var http = OrchestratorClient.CreateHttp(server.Address, null);
        var client = new OrchestratorClient(http);
        byte[] content = [.. Enumerable.Range(0, 70_000).Select(i => (byte)(i * 31))];
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));

        Assert.False(await client.HasFile(hash, Cancellation));
        await client.UploadFile(hash, new MemoryStream(content), Cancellation);

        Assert.True(await client.HasFile(hash, Cancellation));
        Assert.Equal(content, stored[hash]);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(503, false)]
    public async Task Health_is_a_yes_or_a_no(int status, bool expected)
    {
        await using var server = await TestServer.Start(routes =>
        {
            routes.MapGet("/health/ready", () => Results.StatusCode(status));
            routes.MapGet("/health/live", () => Results.StatusCode(status));
        });
        using var http = OrchestratorClient.CreateHttp(server.Address, null);
        Assert.Equal(expected, await new OrchestratorClient(http).IsReady(Cancellation));
        Assert.Equal(expected, await new OrchestratorClient(http).IsLive(Cancellation));
    }

    [Fact]
    public async Task A_token_travels_as_a_bearer_token_and_a_path_in_the_address_stays()
    {
        string? authorization = null;
        await using var server = await TestServer.Start(routes => routes.MapGet("/lab/api/v1/workers", (HttpRequest request) =>
        {
            authorization = request.Headers.Authorization;
            return Array.Empty<WorkerSummary>();
        }));
        using var http = OrchestratorClient.CreateHttp(new Uri(server.Address, "/lab"), "secret");
        Assert.Empty(await new OrchestratorClient(http).ListWorkers(Cancellation));
        Assert.Equal("Bearer secret", authorization);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("..")]
    public async Task A_name_that_would_address_something_else_is_refused(string id)
    {
        using var http = OrchestratorClient.CreateHttp(new Uri("http://127.0.0.1:9/"), null);
        await Assert.ThrowsAsync<ArgumentException>(() => new OrchestratorClient(http).GetSweep(id, Cancellation));
    }

    private static void AssertSame<T>(T expected, T actual) =>
        Assert.Equal(JsonSerializer.Serialize(expected, Json.Indented), JsonSerializer.Serialize(actual, Json.Indented));
}
