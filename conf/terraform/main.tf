# A bucket whose pictures an edge takes in, as Terraform makes it in AWS: bucket, key, and events by SNS.
# What to write into the edge's configuration is the output. Read conf/README.md, "Buckets of others".

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "bucket" {
  description = "Name of the bucket of uploads"
  type        = string
}

variable "prefix" {
  description = "Only what begins like this is told of; \"\" is everything"
  type        = string
  default     = ""
}

variable "edge" {
  description = "The edge as SNS reaches it, https://images.example.org"
  type        = string
}

variable "secret" {
  description = "events.s3.secret of the edge: 16 letters, digits and -._~ or more"
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9._~-]{16,255}$", var.secret))
    error_message = "At least 16 letters, digits and -._~."
  }
}

resource "aws_s3_bucket" "raw" {
  bucket = var.bucket
}

resource "aws_s3_bucket_public_access_block" "raw" {
  bucket                  = aws_s3_bucket.raw.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_sns_topic" "raw" {
  name              = "${var.bucket}-events"
  signature_version = 2
}

# The bucket, and nobody else, may send.
data "aws_iam_policy_document" "topic" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.raw.arn]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_s3_bucket.raw.arn]
    }
  }
}

resource "aws_sns_topic_policy" "raw" {
  arn    = aws_sns_topic.raw.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_s3_bucket_notification" "raw" {
  bucket = aws_s3_bucket.raw.id

  topic {
    topic_arn     = aws_sns_topic.raw.arn
    events        = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    filter_prefix = var.prefix
  }

  depends_on = [aws_sns_topic_policy.raw]
}

# The edge has to run with this topic in events.s3.topics when this is made: it confirms by itself.
resource "aws_sns_topic_subscription" "edge" {
  topic_arn              = aws_sns_topic.raw.arn
  protocol               = "https"
  endpoint               = "${var.edge}/events/s3/${var.secret}"
  endpoint_auto_confirms = true
}

resource "aws_iam_user" "edge" {
  name = "${var.bucket}-pollex"
}

# ListBucket: without it what is not there is answered 403, and no deletion is ever seen.
data "aws_iam_policy_document" "edge" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.raw.arn}/*"]
  }

  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.raw.arn]
  }
}

resource "aws_iam_user_policy" "edge" {
  name   = "read"
  user   = aws_iam_user.edge.name
  policy = data.aws_iam_policy_document.edge.json
}

resource "aws_iam_access_key" "edge" {
  user = aws_iam_user.edge.name
}

output "configuration" {
  description = "For the edge's file"
  sensitive   = true
  value = jsonencode({
    buckets = [{
      name      = aws_s3_bucket.raw.id
      endpoint  = "https://s3.${aws_s3_bucket.raw.region}.amazonaws.com"
      region    = aws_s3_bucket.raw.region
      style     = "host"
      prefix    = var.prefix
      accessKey = aws_iam_access_key.edge.id
      secretKey = aws_iam_access_key.edge.secret
    }]
    events = { s3 = { secret = var.secret, topics = [aws_sns_topic.raw.arn] } }
  })
}
