using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Orchestrator.Tests.Serving;

namespace Orchestrator.Client.Tests;

public sealed class FailureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_at_the_address_is_an_error_of_its_own_that_names_the_address()
    {
        var address = new Uri("http://127.0.0.1:1/"); // a port of the system, and nothing gives it to a connection
        using var http = OrchestratorClient.CreateHttp(address, null);
        var error = await Assert.ThrowsAsync<ServerUnreachableException>(() => new OrchestratorClient(http).ListSweeps(Cancellation));
        Assert.Equal(address, error.Address);
        Assert.Contains(address.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_unreachable_and_not_a_cancellation()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var http = OrchestratorClient.CreateHttp(new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/"), null);
        http.Timeout = TimeSpan.FromMilliseconds(200);
        await Assert.ThrowsAsync<ServerUnreachableException>(() => new OrchestratorClient(http).GetVersion(Cancellation));
    }

    [Fact]
    public async Task A_caller_who_gives_up_gets_a_cancellation()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var http = OrchestratorClient.CreateHttp(new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/"), null);
        using var cancelled = new CancellationTokenSource();
        var call = new OrchestratorClient(http).GetVersion(cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(500)]
    public async Task Problem_details_arrive_with_status_title_and_detail(int status)
    {
        await using var server = await TestServer.Start(routes => routes.MapGet("/api/v1/sweeps/{id}", (string id) =>
            Results.Problem(statusCode: status, title: "refused", detail: $"'{id}' is not a sweep: see sweep list")));
        using var http = OrchestratorClient.CreateHttp(server.Address, null);
        var error = await Assert.ThrowsAsync<ServerErrorException>(() => new OrchestratorClient(http).GetSweep("nope", Cancellation));
        Assert.Equal((HttpStatusCode)status, error.Status);
        Assert.Equal("refused", error.Title);
        Assert.Equal("'nope' is not a sweep: see sweep list", error.Detail);
        Assert.Equal(error.Detail, error.Message);
    }

    [Theory]
    [InlineData(200, "text/html", "<html>another program</html>")]
    [InlineData(200, "application/json", "{ \"product\": 3")]
    [InlineData(200, "application/json", "null")]
    [InlineData(404, "text/plain", "no")]
    [InlineData(500, "application/problem+json", "<oops>")]
    public async Task Another_program_on_the_port_is_told_apart(int status, string type, string body)
    {
        await using var server = await TestServer.Start(routes =>
            routes.MapGet("/api/v1/version", () => Results.Text(body, type, statusCode: status)));
        using var http = OrchestratorClient.CreateHttp(server.Address, null);
        var error = await Assert.ThrowsAsync<ServerErrorException>(() => new OrchestratorClient(http).GetVersion(Cancellation));
        Assert.Equal("unexpected answer", error.Title);
        Assert.Contains("/api/v1/version", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_unreachable()
    {
        await using var server = await TestServer.Start(routes => routes.MapGet("/api/v1/sweeps", async (HttpContext context) =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("[");
            await context.Response.Body.FlushAsync();
            context.Abort();
        }));
        using var http = OrchestratorClient.CreateHttp(server.Address, null);
        await Assert.ThrowsAsync<ServerUnreachableException>(() => new OrchestratorClient(http).ListSweeps(Cancellation));
    }

    [Fact]
    public async Task A_refused_upload_says_why()
    {
        await using var server = await TestServer.Start(routes => routes.MapPut("/api/v1/files/{hash}", (string hash) =>
            Results.Problem(statusCode: 400, title: "hash mismatch", detail: "the body's SHA-256 is another")));
        using var http = OrchestratorClient.CreateHttp(server.Address, null);
        var error = await Assert.ThrowsAsync<ServerErrorException>(() => new OrchestratorClient(http).UploadFile("ab", new MemoryStream([1]), Cancellation));
        Assert.Equal(HttpStatusCode.BadRequest, error.Status);
        Assert.Equal("hash mismatch", error.Title);
    }
}
