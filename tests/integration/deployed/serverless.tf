data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
resource "aws_iam_role" "f" {
  name = "fn"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy_attachment" "f" {
  role       = aws_iam_role.f.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}
resource "aws_iam_role_policy" "f" {
  name   = "p"
  role   = aws_iam_role.f.id
  policy = data.aws_iam_policy_document.p.json
}
data "aws_iam_policy_document" "p" {
  statement {
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.q.arn]
  }
}
resource "aws_iam_policy" "p" {
  name   = "pp"
  policy = data.aws_iam_policy_document.p.json
}
resource "aws_lambda_function" "f" {
  function_name = "fn"
  role          = aws_iam_role.f.arn
  handler       = "a.b"
  runtime       = "python3.12"
  filename      = "a.zip"
  timeout       = 30
  memory_size   = 256
  environment {
    variables = {
      A = "b"
    }
  }
}
resource "aws_sqs_queue" "d" {
  name                      = "dlq"
  message_retention_seconds = 1209600
}
resource "aws_sqs_queue" "q" {
  name                       = "q"
  visibility_timeout_seconds = 60
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.d.arn
    maxReceiveCount     = 5
  })
}
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = aws_sqs_queue.q.arn
  function_name    = aws_lambda_function.f.arn
  batch_size       = 5
}
resource "aws_lambda_permission" "p" {
  statement_id  = "x"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.r.arn
}
resource "aws_cloudwatch_event_rule" "r" {
  name                = "r"
  schedule_expression = "rate(5 minutes)"
}
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = aws_lambda_function.f.arn
}
resource "aws_sns_topic" "t" {
  name = "t"
}
resource "aws_sns_topic_subscription" "s" {
  topic_arn = aws_sns_topic.t.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.q.arn
}
resource "aws_sns_topic_policy" "p" {
  arn    = aws_sns_topic.t.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "SNS:Publish", Resource = aws_sns_topic.t.arn }] })
}
resource "aws_sqs_queue_policy" "p" {
  queue_url = aws_sqs_queue.q.id
  policy    = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "sqs:SendMessage", Resource = aws_sqs_queue.q.arn }] })
}
resource "aws_api_gateway_rest_api" "r" {
  name = "r"
}
resource "aws_api_gateway_resource" "r" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  parent_id   = aws_api_gateway_rest_api.r.root_resource_id
  path_part   = "x"
}
resource "aws_api_gateway_method" "r" {
  rest_api_id   = aws_api_gateway_rest_api.r.id
  resource_id   = aws_api_gateway_resource.r.id
  http_method   = "GET"
  authorization = "NONE"
}
resource "aws_api_gateway_integration" "r" {
  rest_api_id             = aws_api_gateway_rest_api.r.id
  resource_id             = aws_api_gateway_resource.r.id
  http_method             = aws_api_gateway_method.r.http_method
  integration_http_method = "POST"
  type                    = "AWS_PROXY"
  uri                     = aws_lambda_function.f.invoke_arn
}
resource "aws_api_gateway_deployment" "r" {
  rest_api_id = aws_api_gateway_rest_api.r.id
  depends_on  = [aws_api_gateway_integration.r]
}
resource "aws_api_gateway_stage" "r" {
  rest_api_id   = aws_api_gateway_rest_api.r.id
  deployment_id = aws_api_gateway_deployment.r.id
  stage_name    = "prod"
}
resource "aws_apigatewayv2_api" "h" {
  name          = "h"
  protocol_type = "HTTP"
}
resource "aws_apigatewayv2_integration" "h" {
  api_id                 = aws_apigatewayv2_api.h.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.f.invoke_arn
  payload_format_version = "2.0"
}
resource "aws_apigatewayv2_route" "h" {
  api_id    = aws_apigatewayv2_api.h.id
  route_key = "GET /x"
  target    = "integrations/${aws_apigatewayv2_integration.h.id}"
}
resource "aws_apigatewayv2_stage" "h" {
  api_id      = aws_apigatewayv2_api.h.id
  name        = "$default"
  auto_deploy = true
}
resource "aws_sfn_state_machine" "s" {
  name       = "s"
  role_arn   = aws_iam_role.f.arn
  definition = jsonencode({ StartAt = "A", States = { A = { Type = "Pass", End = true } } })
}
resource "aws_cloudwatch_log_group" "l" {
  name              = "/aws/lambda/fn"
  retention_in_days = 14
}
resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name          = "a"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  period              = 60
  statistic           = "Sum"
  threshold           = 1
  alarm_actions       = [aws_sns_topic.t.arn]
}
resource "aws_dynamodb_table" "t" {
  name         = "t"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
  ttl {
    attribute_name = "exp"
    enabled        = true
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled = true
  }
}
resource "aws_cognito_user_pool" "u" {
  name = "u"
}
resource "aws_cognito_user_pool_client" "u" {
  name         = "u"
  user_pool_id = aws_cognito_user_pool.u.id
}
resource "aws_scheduler_schedule" "s" {
  name                = "s"
  schedule_expression = "rate(1 hour)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_lambda_function.f.arn
    role_arn = aws_iam_role.f.arn
  }
}
resource "aws_kinesis_stream" "k" {
  name        = "k"
  shard_count = 1
}
